"""The final scores of a character model, its n-gram baseline, its bundle and card."""

import hashlib
from typing import TYPE_CHECKING, Any

from training.char_lm.card import card
from training.core.export import about_run, round_weights

if TYPE_CHECKING:
    from rnn_models.tasks.char_lm import CharLM
    from rnn_models.text.characters import CharVocabulary
    from training.char_lm.config import Train
    from training.char_lm.data import Corpus
    from training.core.run import Run


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
    from training.char_lm.config import SCRIPT

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
    from training.char_lm.ngram import NGram

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
