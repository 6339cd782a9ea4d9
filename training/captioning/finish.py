"""The end of a captioner's training: scores, reference set, bundle, card."""

from typing import TYPE_CHECKING, Any

from rnn_models.files import write_json
from training.captioning.evaluate import DIGITS, main_score, scores_of, summary
from training.core.export import about_run, brief, round_weights
from training.core.seeds import spread

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner
    from training.captioning.config import Train
    from training.captioning.inputs import Pictures
    from training.captioning.train import Fitting


def finish(options: "Train", pictures: "Pictures", fittings: "list[Fitting]") -> None:
    """Score each seed's best weights, write scores.json and, with --export, the best seed's bundle.

    The seed is chosen on the validation split; test is scored where its captions are. For a bundle the weights are
    first rounded to float16, as they are shipped: the scores are those of the bundle as anyone loads it.
    """
    data = pictures.data
    key = main_score(data)
    seeds = [_seed_scores(fitting, pictures, bool(options.export)) for fitting in fittings]
    chosen = max(range(len(seeds)), key=lambda n: seeds[n]["validation"][key])
    model, state = fittings[chosen].model, fittings[chosen].run.state
    splits = [name for name in ("validation", "test") if name in seeds[chosen]]
    scores = {
        **{name: seeds[chosen][name] for name in splits},
        "seed": seeds[chosen]["seed"],
        "seeds": [{"seed": s["seed"], **{name: brief(s[name]) for name in splits}} for s in seeds],
        "spread": {name: {k: spread([s[name][k] for s in seeds]) for k in _spread_keys(key)} for name in splits},
        "dataset": data.name,
        "source": data.source,
        "licence": data.licence,
        "notes": data.notes,
        "pictures": {name: len(getattr(data, name).pictures) for name in ("train", "validation", "test")},
        **about_run(model, state, sum(fitting.seconds for fitting in fittings), bool(options.export)),
        "command": _command(options),
        "begun_by": begun_by(pictures.start),
    }
    write_json(options.run_dir / "scores.json", scores)
    if options.export:
        from rnn_models.bundles import save_bundle
        from training.captioning.card import card
        from training.captioning.reference_set import with_reference_set

        model = with_reference_set(model, pictures, options.album_pictures) if options.album else model
        save_bundle(model, options.export, scores, card(options, scores))
        print(f"bundle: {options.export}", flush=True)


def _spread_keys(key: str) -> list[str]:
    return list(dict.fromkeys([key, "bleu_4", "cider_d"]))


def _seed_scores(fitting: "Fitting", pictures: "Pictures", rounded: bool) -> dict[str, Any]:
    model, options, data = fitting.model, fitting.options, pictures.data
    fitting.load_best()
    if rounded:
        round_weights(model, DIGITS)
    scores: dict[str, Any] = {"seed": options.seed}
    for name in ("validation", "test"):
        part = getattr(data, name)
        if not all(part.captions):
            print(f"seed {options.seed}: {name} has no captions here: not scored", flush=True)
            continue
        seen = pictures.seen(name)
        scores[name] = scores_of(model, part, seen, data, options.beam, options.length_penalty, name)
        print(f"seed {options.seed}: {summary(name, scores[name])}", flush=True)
    return scores


def begun_by(start: "Captioner | None") -> list[str]:
    """The commands that made the weights that training began with, the first of all first."""
    if start is None or "command" not in start.scores:
        return []
    return [*start.scores.get("begun_by", []), start.scores["command"]]


def _command(options: "Train") -> str:
    from training.captioning.config import SCRIPT

    return SCRIPT.command_line(options)
