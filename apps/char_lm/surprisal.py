"""How surprised a model is by each character of a text: measured."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.char_lm import PAGE, character_view
from apps.shared import models, validation

TASK = PAGE.task
TEXT_LIMIT = 5_000
CANDIDATES = 5
CHUNK = 64  # symbols read in one run of the compiled reader


@dataclass(frozen=True)
class Character:
    """One character of a text as the model read it.

    Attributes:
        text: the character as it stands in the text.
        symbols: what was read for it, each with its nats and the likeliest (symbol, probability) there. A
            Hangul syllable may be two or three jamo.
    """

    text: str
    symbols: list[character_view.Symbol]

    @property
    def nats(self) -> float:
        """−ln of the probability of the character, given all those before it."""
        return math.fsum(symbol.nats for symbol in self.symbols)


def score(text: str, model: str = "") -> dict:
    """How surprised a model is by each character of a text.

    Args:
        text: at most 5,000 characters.
        model: a name that `char_lm_models` gives; "" takes the first of them.

    Returns:
        `characters` and `nats` (-ln of the probability of each, given those before it), and the means
        `mean_nats`, `mean_bits` and `perplexity`.
    """
    text = checked(text)
    with validation.user_errors():
        loaded = models.get(model or models.first(PAGE), TASK)
        nats = [float(value) for value in loaded.score(text)]
    return {
        "characters": list(loaded.vocabulary.normalize(text)),
        "nats": [round(value, 4) for value in nats],
        **means(nats),
    }


def checked(text: str | None) -> str:
    """The text, if there is one and it is within what the page offers."""
    text = validation.text_within(text, TEXT_LIMIT, "The text", "글")
    if not text:
        raise validation.no_text()
    return text


def means(nats: list[float]) -> dict[str, float]:
    """Nats and bits a character, and the perplexity exp(nats)."""
    mean = math.fsum(nats) / len(nats)
    return {"mean_nats": mean, "mean_bits": mean / math.log(2), "perplexity": math.exp(mean)}


# Measuring -------------------------------------------------------------------------------------------


def measure(loaded: Any, text: str) -> Iterator[Character]:
    """Read a text of one character or more, `CHUNK` symbols at a time; the nats are those of `CharLM.score`."""
    vocabulary = loaded.vocabulary
    symbols = _symbols(loaded, vocabulary.encode(text))
    spans = zip(vocabulary.normalize(text), vocabulary.spans(text).tolist(), strict=True)
    return (Character(character, [next(symbols) for _ in range(span)]) for character, span in spans)


def _symbols(loaded: Any, ids: np.ndarray) -> Iterator[character_view.Symbol]:
    """Each symbol with its nats and its rivals, the text being read as if a line began."""
    from keras import ops

    names, reader = loaded.vocabulary.symbols, models.derived(loaded, _compiled_reader)
    tokens = np.concatenate([loaded.vocabulary.encode("\n")[:1], ids])
    tokens = np.pad(tokens, (0, -len(ids) % CHUNK))
    states = loaded.get_initial_state(1)
    for start in range(0, len(ids), CHUNK):
        window = tokens[start : start + CHUNK + 1]
        *read, states = reader(*map(ops.convert_to_tensor, (window[None, :-1], window[None, 1:])), states)
        nats, best, places = (ops.convert_to_numpy(array)[0].tolist() for array in read)
        for t in range(min(CHUNK, len(ids) - start)):
            rivals = [(names[place], math.exp(log_p)) for place, log_p in zip(places[t], best[t], strict=True)]
            yield character_view.Symbol(names[window[t + 1]], nats[t], rivals)


def _compiled_reader(loaded: Any) -> Any:
    """(tokens (1, T), targets (1, T), states) -> nats (1, T), log p and ids of the likeliest, states."""
    from keras import ops

    from rnn_models.backend import compiled

    count = min(CANDIDATES, len(loaded.vocabulary))

    def read(tokens: Any, targets: Any, states: Any) -> tuple:
        logits, *states = loaded(tokens, initial_state=states, return_state=True)
        logits = ops.cast(logits, "float32")
        log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
        best, places = ops.top_k(log_p, count)
        return -ops.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0], best, places, states

    return compiled(read, [loaded])
