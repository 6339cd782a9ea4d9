"""The final scores of a captioner, its album, bundle and card."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.files import write_json
from training.repeats import spread
from training.scene_pictures import SceneSet
from training.shipping import about_run, brief, round_weights

if TYPE_CHECKING:
    from rnn_models.tasks.captioned import Caption
    from rnn_models.tasks.captioning import Captioner
    from training.captioned import CaptionData, Captioned
    from training.captioning import Train
    from training.captioning_fitting import Fitting, Pictures
    from training.features import Features
    from training.scenes import Scene

DIGITS = 5
"""So many binary digits of the matrices are kept: with 7, flickr8k-soft had a CIDEr-D of 0.568 instead of 0.566."""

ELSEWHERE = 300
"""So many captions are read before other pictures."""

NAMES = {
    "correct": "fully correct",
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
    "meteor": "METEOR",
}


def scores_of(
    model: "Captioner",
    part: "Captioned",
    seen: "Features",
    data: "CaptionData",
    beam: int,
    length_penalty: float,
    split: str = "validation",
) -> dict[str, Any]:
    """The scores of a beam search and of greedy search; how varied the captions are; of scenes how many are true."""
    found = model.describe(seen.grid, beam=beam, length_penalty=length_penalty)
    scores = _scores(model, found, part, seen, data, split)
    scores |= {"pictures": len(found), "beam": beam, "length_penalty": length_penalty}
    if beam > 1:
        scores["greedy"] = _scores(model, model.describe(seen.grid, beam=1), part, seen, data, split)
    return scores


def _scores(
    model: "Captioner",
    found: "Sequence[Caption]",
    part: "Captioned",
    seen: "Features",
    data: "CaptionData",
    split: str,
) -> dict[str, Any]:
    from training.caption_metrics import caption_scores, variety

    texts = [caption.text for caption in found]
    scores: dict[str, Any] = caption_scores(texts, part.captions)
    scores |= variety(texts, [text for captions in data.train.captions for text in captions])
    if isinstance(data, SceneSet):
        scores |= _truth(model, found, seen, data.scenes[split])
    return scores


def _truth(
    model: "Captioner", found: "Sequence[Caption]", seen: "Features", scenes: Sequence["Scene"]
) -> dict[str, Any]:
    """How many captions are fully correct, what is wrong with the others, and where attention lay.

    "attention" has the mean share of attention in the box of what a word names, that of equal weights, and the
    largest there could be; "attention_elsewhere" the same where the same captions are read to the model before the
    pictures of other scenes.
    """
    from training.scene_scores import errors

    wrong = [errors(caption.text, scene) for caption, scene in zip(found, scenes, strict=True)]
    truth: dict[str, Any] = {
        "correct": sum(not kinds for kinds in wrong) / len(wrong),
        "errors": dict(Counter(kind for kinds in wrong for kind in kinds)),
    }
    if found[0].attention is not None:
        others = [model.align(seen.grid[n - 1], found[n].text) for n in range(min(ELSEWHERE, len(found)))]
        truth["attention"] = _mass(found, scenes)
        truth["attention_elsewhere"] = _mass(others, scenes[: len(others)])
    return truth


def _mass(found: "Sequence[Caption]", scenes: Sequence["Scene"]) -> dict[str, float]:
    from training.scene_scores import AttentionMass, attention_mass

    masses = []
    for caption, scene in zip(found, scenes, strict=True):
        words = len(caption.text.split())
        masses.append(attention_mass(caption.attention[:words], caption.grid, caption.text, scene))
    counts = np.array([mass.words for mass in masses])
    if not counts.any():
        return {}
    values = np.array(masses)[counts > 0, :3]
    means = np.average(values, axis=0, weights=counts[counts > 0]).tolist()
    return dict(zip(AttentionMass._fields, means, strict=False))


def error_of(texts: Sequence[str], part: "Captioned", data: "CaptionData") -> tuple[float, str]:
    """What an epoch is judged by, smaller is better, and in words: of validation captions by greedy search."""
    if isinstance(data, SceneSet):
        from training.scene_scores import is_correct

        right = sum(map(is_correct, texts, data.scenes["validation"])) / len(texts)
        return 1 - right, f"{100 * right:.1f} % fully correct"
    from training.caption_words import words
    from training.cider import cider_d, document_frequencies

    wanted = [[" ".join(words(text)) for text in captions] for captions in part.captions]
    found = [" ".join(words(text)) for text in texts]
    score = float(cider_d(found, wanted, document_frequencies(wanted)).mean())
    return max(0.0, 1 - score / 10), f"CIDEr-D {score:.3f}"


def main_score(data: "CaptionData") -> str:
    """The score that decides between seeds."""
    return "correct" if isinstance(data, SceneSet) else "cider_d"


def summary(name: str, scores: dict[str, Any]) -> str:
    """One line: the scores of one split."""
    parts = [f"{NAMES[key]} {in_words(key, scores[key])}" for key in NAMES if key in scores]
    parts.append(f"{100 * scores['verbatim']:.0f} % stand in the training captions")
    return f"{name:<11} {', '.join(parts)} ({scores['pictures']:,} pictures, beam {scores['beam']})"


def in_words(key: str, value: float) -> str:
    """A score as people write it: CIDEr-D of 0 to 10, the others of 0 to 100."""
    if key == "cider_d":
        return f"{value:.3f}"
    return f"{100 * value:.1f} %" if key == "correct" else f"{100 * value:.2f}"


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
        from training.albums import with_album
        from training.captioning_card import card

        model = with_album(model, pictures, options.album_pictures) if options.album else model
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
    from training.captioning import SCRIPT

    return SCRIPT.command_line(options)
