"""The final scores of a sentiment classifier, its baselines, its bundle and card."""

from typing import TYPE_CHECKING, Any

from training.card_metadata import front_matter
from training.classification import classification_scores
from training.hardware import clock
from training.repeats import spread
from training.shipping import about_run, round_weights

if TYPE_CHECKING:
    from training.labelled import LabelledData
    from training.sentiment import Train
    from training.sentiment_fitting import Fitting, Texts


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
    from training.baselines import bag_of_words, majority
    from training.download import DataError

    try:
        found = [majority(data), bag_of_words(data, "word"), bag_of_words(data, "char")]
    except (DataError, ModuleNotFoundError) as error:
        print(f"No baselines: {error}", flush=True)
        return []
    for baseline in found:
        print(f"{baseline['name']:<36} accuracy {100 * baseline['accuracy']:.2f} %", flush=True)
    return found


def _pretraining(options: "Train") -> dict[str, Any] | None:
    from training.runs import RunState, stored_state

    if not options.pretrain_epochs:
        return None
    state: RunState = stored_state(options.pretrained or options.run_dir / "pretraining")
    return {"epochs": state.epoch, "validation_nats": state.best_score, "seconds": round(state.seconds)}


def _command(options: "Train") -> str:
    from training.sentiment import SCRIPT

    return SCRIPT.command_line(options)


def _spread_in_words(values: dict[str, float]) -> str:
    return (
        f"accuracy {100 * values['mean']:.2f} ± {100 * values['deviation']:.2f} % over {values['count']} seeds "
        f"({100 * values['lowest']:.2f} to {100 * values['highest']:.2f})"
    )


def _seeds_in_words(values: dict[str, float]) -> str:
    if values["count"] == 1:
        return "One seed."
    return f"Over the seeds: test {_spread_in_words(values)}; the seed that is best on the validation split is shipped."


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a short summary in Korean."""
    test = scores["test"]
    rows = [
        f"| {name} | {scores['texts'][name]:,} | {100 * s['accuracy']:.2f} % | {100 * s['macro_f1']:.2f} % | "
        f"{100 * s['calibration_error']:.2f} % |"
        for name, s in (("validation", scores["validation"]), ("test", test))
    ]
    ways = "from both ends" if options.bidirectional else "from its beginning"
    shape = f"{options.layers} × {options.cell} of {options.units} units, read {ways}, {options.pooling} pooling"
    start = "random weights"
    if scores["pretraining"]:
        start = f"a language model of the training texts ({scores['pretraining']['epochs']} epochs)"
    lines = [
        *front_matter("sentiment", scores),
        f"# sentiment/{options.export.name}",
        "",
        f"A classifier of texts ({', '.join(scores['labels'])}): {shape}; {options.tokens} tokens, "
        f"{scores['parameters']:,} parameters, weights in float16. Started from {start}.",
        "",
        "| split | texts | accuracy | macro F1 | calibration error |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"{_seeds_in_words(scores['test_accuracy'])} The scores are of the weights as shipped.",
        "",
        *[f"- {b['name']}: test accuracy {100 * b['accuracy']:.2f} %." for b in scores.get("baselines", [])],
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {clock(scores['training_seconds'])}"
        + (f" and {clock(scores['pretraining']['seconds'])} of pre-training" if scores["pretraining"] else "")
        + f", best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows its training texts and nothing else. Irony, negation that comes late and texts of another kind "
        "or language mislead it; its probability is that of a guess, not of a fact.",
        "",
        "## 한국어 요약",
        "",
        f"글을 끝까지 읽고 감성을 분류하는 순환 신경망입니다. 시험 데이터 정확도 {100 * test['accuracy']:.2f} %. "
        "학습 데이터와 다른 종류의 글, 반어법, 늦게 나오는 부정에는 약하며, 확률은 추측의 확률일 뿐입니다.",
    ]
    return "\n".join(lines) + "\n"
