"""The final scores of a character model, its n-gram baseline, its bundle and card."""

import hashlib
from typing import TYPE_CHECKING, Any

from training.card_metadata import front_matter
from training.hardware import clock
from training.shipping import about_run, round_weights

if TYPE_CHECKING:
    from rnn_models.tasks.char_lm import CharLM
    from rnn_models.text import CharVocabulary
    from training.char_lm import Train
    from training.data import Corpus
    from training.runs import Run

ONE_STREAM = 300_000
"""Held-out texts of up to so many characters are read as one stream, longer ones as many side by side."""

HIGHEST_ORDER = 10
"""No n-gram longer than this is tried."""


def splits(corpus: "Corpus", which: str = "all") -> dict[str, str]:
    """The parts of a corpus to score, by name.

    Raises:
        ValueError: the corpus has no such part.
    """
    parts = {"train": corpus.train, "validation": corpus.validation, "test": corpus.test}
    if which == "all":
        return {name: text for name, text in parts.items() if text and name != "train"}
    if not parts.get(which):
        raise ValueError(f"The corpus {corpus.name!r} has no {which} part.")
    return {which: parts[which]}


def summary(name: str, scores: dict[str, float]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} {scores['nats']:.4f} nats = {scores['bits']:.4f} bits a character, "
        f"perplexity {scores['perplexity']:.3f}, {int(scores['characters']):,} characters"
    )


def finish(options: "Train", corpus: "Corpus", model: "CharLM", run: "Run") -> None:
    """Score the best weights on the whole held-out text, write scores.json and, with --export, the bundle.

    For a bundle the weights are first rounded to float16, as they are shipped: the scores are those of the
    bundle as anyone loads it.
    """
    from training.char_lm import SCRIPT

    if options.export:
        round_weights(model)
    scores: dict[str, Any] = {}
    for name, text in splits(corpus).items():
        streams = 1 if len(text) <= ONE_STREAM else options.batch_size
        scores[name] = {key: float(value) for key, value in model.evaluate_text(text, streams).items()}
        scores[name]["streams"] = streams
        print(summary(name, scores[name]), flush=True)
    if options.baseline:
        baseline = ngram_scores(corpus, model.vocabulary)
        for name, (order, nats) in baseline.items():
            scores[name] |= {"ngram_nats": nats, "ngram_order": order}
            print(f"{name:<11} {nats:.4f} nats with an interpolated {order}-gram model", flush=True)
    state = run.state
    scores |= {
        "dataset": corpus.name,
        "source": corpus.source,
        "licence": corpus.licence,
        "text_sha256": text_sum(corpus),
        **about_run(model, state, state.seconds, bool(options.export)),
        "seed": options.seed,
        "command": SCRIPT.command_line(options),
    }
    run.write_scores(scores)
    if options.export:
        from rnn_models.bundles import save_bundle

        save_bundle(model, options.export, scores, card(options, scores, run))
        print(f"bundle: {options.export}", flush=True)


def ngram_scores(corpus: "Corpus", vocabulary: "CharVocabulary") -> dict[str, tuple[int, float]]:
    """Order and nats per character of an n-gram model on the held-out parts: same symbols, same split.

    The order is the one that is best on the validation part, at most `HIGHEST_ORDER`: where parts of files
    repeat, it would grow for ever. As in `CharLM.evaluate_text` the first symbol
    of a part is read, not scored.
    """
    from training.ngram import NGram

    train = vocabulary.encode(corpus.train)
    parts = {
        name: (vocabulary.encode(text), max(len(vocabulary.spans(text)) - 1, 1))
        for name, text in splits(corpus).items()
    }

    def scores(order: int) -> dict[str, tuple[int, float]]:
        model = NGram(train, len(vocabulary), order)
        return {n: (order, float(model.score(ids)[1:].sum() / size)) for n, (ids, size) in parts.items()}

    order = 8 if vocabulary.normalization == "NFD" else 5  # a syllable is two or three jamo
    best = scores(min(order, len(train)))
    while order < min(len(train), HIGHEST_ORDER):
        order += 1
        found = scores(order)
        if found["validation"][1] >= best["validation"][1]:
            break
        best = found
    return best


def text_sum(corpus: "Corpus") -> str:
    """The SHA-256 of the whole text as it was used: which text a score is of."""
    whole = corpus.train + corpus.validation + (corpus.test or "")
    return hashlib.sha256(whole.encode()).hexdigest()


def card(options: "Train", scores: dict[str, Any], run: "Run") -> str:
    """The bundle's README: English, with a short summary in Korean."""
    rows, korean = [], []
    for name in ("validation", "test"):
        if name in scores:
            part = scores[name]
            baseline = f"{part['ngram_nats']:.4f} (order {part['ngram_order']})" if "ngram_nats" in part else "–"
            rows.append(
                f"| {name} | {int(part['characters']):,} | {part['nats']:.4f} | {part['bits']:.4f} | "
                f"{part['perplexity']:.3f} | {baseline} |"
            )
            split = {"validation": "검증", "test": "시험"}[name]
            korean.append(f"{split} 글자당 {part['nats']:.4f} nats")
    sample = run.state.samples[-1]["text"].strip("\n") if run.state.samples else ""
    shape = f"{options.layers} × {options.cell} of {options.units} units"
    inputs = "one-hot" if options.embedding is None else f"embedding of {options.embedding}"
    lines = [
        *front_matter("char_lm", scores),
        f"# char_lm/{options.export.name}",
        "",
        f"A character-level language model ({shape}, {inputs} input, {scores['parameters']:,} parameters, "
        "weights in float16) that predicts each character from all the ones before it.",
        "",
        "| split | characters | nats / character | bits / character | perplexity | n-gram baseline, nats |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "The state is carried through the whole split; one of more than 300,000 characters is read as "
        "several streams, each after 1,000 symbols of context that do not count. The scores are of the "
        "weights as shipped.",
        "",
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        f"- Trained on {scores['hardware']}, {clock(scores['training_seconds'])}, best of "
        f"{scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows its training text and nothing else: it writes in that text's manner, says nothing that is "
        "meant, and may repeat what was offensive there.",
        "",
        "## 한국어 요약",
        "",
        f"앞의 모든 글자를 보고 다음 글자를 예측하는 문자 단위 순환 신경망 언어 모델입니다 ({shape}). "
        f"{', '.join(korean)}. 학습 데이터의 문체를 흉내 낼 뿐 뜻을 알고 쓰는 것은 아니며, "
        "데이터에 있던 거친 표현이 나올 수 있습니다.",
    ]
    if sample:
        lines += ["", "## A sample", "", "````text", sample, "````"]
    return "\n".join(lines) + "\n"
