"""The final scores of a sentiment classifier, its baselines, its bundle and card."""

from typing import TYPE_CHECKING, Any

from training.core.export import about_run, round_weights
from training.core.seeds import spread
from training.metrics.classification import classification_scores
from training.sentiment.card import _spread_in_words, card

if TYPE_CHECKING:
    from training.data.records import LabelledData
    from training.sentiment.config import Train
    from training.sentiment.inputs import Texts
    from training.sentiment.train import Fitting


def summary(name: str, scores: dict[str, float]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} accuracy {100 * scores['accuracy']:.2f} %, macro F1 {100 * scores['macro_f1']:.2f} %, "
        f"calibration error {100 * scores['calibration_error']:.2f} %, {scores['nats']:.4f} nats a text"
    )


def finish(options: "Train", texts: "Texts", fittings: "list[Fitting]") -> None:
    """Score each seed's best weights, write scores.json and, with --export, the best seed's bundle.

    The seed is chosen on the validation split. For a bundle the weights are first rounded to float16, as they
    are shipped: the scores are those of the bundle as anyone loads it.
    """
    data = texts.data
    seeds = [_seed_scores(fitting, data, bool(options.export)) for fitting in fittings]
    chosen = max(range(len(seeds)), key=lambda n: seeds[n]["validation"]["accuracy"])
    model, state = fittings[chosen].model, fittings[chosen].run.state
    scores: dict[str, Any] = {
        "validation": seeds[chosen]["validation"],
        "test": seeds[chosen]["test"],
        "seed": seeds[chosen]["seed"],
        "seeds": seeds,
        "test_accuracy": spread([seed["test"]["accuracy"] for seed in seeds]),
        "dataset": data.name,
        "source": data.source,
        "licence": data.licence,
        "notes": data.notes,
        "texts": {name: len(getattr(data, name).texts) for name in ("train", "validation", "test")},
        "labels": data.label_names,
        "tokens": options.tokens,
        **about_run(model, state, sum(fitting.run.state.seconds for fitting in fittings), bool(options.export)),
        "pretraining": _pretraining(options),
        "command": _command(options),
    }
    if len(seeds) > 1:
        print(f"test        {_spread_in_words(scores['test_accuracy'])}", flush=True)
    if options.baseline:
        scores["baselines"] = _baselines(data)
    fittings[0].run.write_scores(scores)
    if options.export:
        from rnn_models.bundles import save_bundle

        save_bundle(model, options.export, scores, card(options, scores))
        print(f"bundle: {options.export}", flush=True)


def _seed_scores(fitting: "Fitting", data: "LabelledData", rounded: bool) -> dict[str, Any]:
    model, seed = fitting.model, fitting.options.seed
    fitting.run.load_best(model)
    if rounded:
        round_weights(model)
    scores: dict[str, Any] = {"seed": seed}
    for name in ("validation", "test"):
        part = getattr(data, name)
        scores[name] = classification_scores(model.probabilities(part.texts), part.labels)
        print(f"seed {seed}: {summary(name, scores[name])}", flush=True)
    return scores


def _baselines(data: "LabelledData") -> list[dict[str, Any]]:
    """Majority and bags of words and characters; none where they cannot be had: a long training is not lost."""
    from training.data.errors import DataError
    from training.sentiment.baselines import bag_of_words, majority

    try:
        found = [majority(data), bag_of_words(data, "word"), bag_of_words(data, "char")]
    except DataError as error:
        print(f"No baselines: {error}", flush=True)
        return []
    for baseline in found:
        print(f"{baseline['name']:<36} accuracy {100 * baseline['accuracy']:.2f} %", flush=True)
    return found


def _pretraining(options: "Train") -> dict[str, Any] | None:
    from training.core.run import RunState, stored_state

    if not options.pretrain_epochs:
        return None
    state: RunState = stored_state(options.pretrained or options.run_dir / "pretraining")
    return {"epochs": state.epoch, "validation_nats": state.best_score, "seconds": round(state.seconds)}


def _command(options: "Train") -> str:
    from training.sentiment.config import SCRIPT

    return SCRIPT.command_line(options)
