"""How surprised a model is by each character of a text: measured, coloured, and put into words."""

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps import characters, limits, models
from apps.notation import sign

TASK = "char_lm"
TEXT_LIMIT = 5_000
CANDIDATES = 5
CHUNK = 64  # symbols read in one run of the compiled reader

LISTED = 10
CONTEXT = 18  # characters shown before a surprising one
LEGEND = (0, 1, 2, 4, 6, 8)  # nats; the colour is full at the last


@dataclass(frozen=True)
class Character:
    """One character of a text as the model read it.

    Attributes:
        text: the character as it stands in the text.
        symbols: what was read for it, each with its nats and the likeliest (symbol, probability) there. A
            Hangul syllable may be two or three jamo.
    """

    text: str
    symbols: list[characters.Symbol]

    @property
    def nats(self) -> float:
        """−ln of the probability of the character, given all those before it."""
        return math.fsum(symbol.nats for symbol in self.symbols)


def show(model: str, text: str) -> tuple[str, str]:
    """Score a text for the page: the value of the view (see `apps.characters`), and a summary as HTML."""
    text = checked(text)
    with limits.explained():
        loaded = models.get(model, TASK)
        measured = measure(loaded, text)
    note = limits.stand_ins(loaded.vocabulary, text)
    lines = (characters.group(character.text, character.symbols) for character in measured)
    return characters.opening() + "".join(lines), note + summary(measured, len(loaded.vocabulary))


def score(text: str, model: str = "") -> dict:
    """How surprised a model is by each character of a text.

    Args:
        text: at most 5,000 characters.
        model: a name that `models` gives; "" takes the first of them.

    Returns:
        `characters` and `nats` (-ln of the probability of each, given those before it), and the means
        `mean_nats`, `mean_bits` and `perplexity`.
    """
    text = checked(text)
    with limits.explained():
        loaded = models.get(model or models.first(TASK), TASK)
        nats = [float(value) for value in loaded.score(text)]
    return {
        "characters": list(loaded.vocabulary.normalize(text)),
        "nats": [round(value, 4) for value in nats],
        **means(nats),
    }


def checked(text: str | None) -> str:
    """The text, if there is one and it is within what the page offers."""
    text = limits.text_within(text, TEXT_LIMIT, "The text", "글")
    if not text:
        raise limits.no_text()
    return text


def means(nats: list[float]) -> dict[str, float]:
    """Nats and bits a character, and the perplexity exp(nats)."""
    mean = math.fsum(nats) / len(nats)
    return {"mean_nats": mean, "mean_bits": mean / math.log(2), "perplexity": math.exp(mean)}


# Measuring -------------------------------------------------------------------------------------------


def measure(loaded: Any, text: str) -> list[Character]:
    """Read a text of one character or more; the nats are those of `CharLM.score`."""
    vocabulary = loaded.vocabulary
    symbols = _symbols(loaded, vocabulary.encode(text))
    spans = zip(vocabulary.normalize(text), vocabulary.spans(text).tolist(), strict=True)
    return [Character(character, [next(symbols) for _ in range(span)]) for character, span in spans]


def _symbols(loaded: Any, ids: np.ndarray) -> Iterator[characters.Symbol]:
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
            yield characters.Symbol(names[window[t + 1]], nats[t], rivals)


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


# Showing ---------------------------------------------------------------------------------------------


def summary(text: list[Character], symbols: int) -> str:
    """The means, the legend of the colours, and a table of the most surprising characters."""
    blind = math.log(symbols)
    units = ("nats / character · 글자당 냇", "bits / character · 글자당 비트", "perplexity · 혼란도")
    values = means([character.nats for character in text]).values()
    tiles = "".join(
        f"<div><b>{_number(value)}</b><span>{unit}</span></div>" for value, unit in zip(values, units, strict=True)
    )
    return f"""<div class="rnn-means">{tiles}</div>
<p class="rnn-blind">As if choosing among so many characters each time: that is the perplexity. A blind guess
among this model’s {symbols} symbols costs ln {symbols} = {blind:.2f} nats.<br>혼란도는 매번 몇 글자 가운데서
찍는 셈인지를 뜻합니다. 이 모델의 기호 {symbols}개 중 무작정 찍으면 {blind:.2f} nats입니다.</p>
{_legend()}{_table(text)}"""


def _legend() -> str:
    full = LEGEND[-1]
    steps = "".join(
        f'<span style="--heat:{nats / full:.2f}">{nats}{"+" if nats == full else ""}'
        f"<small>{_percent(nats)}</small></span>"
        for nats in LEGEND
    )
    return f'<div class="rnn-legend"><b>nats<small>p</small></b>{steps}</div>'


def _table(text: list[Character]) -> str:
    order = sorted(range(len(text)), key=lambda place: -text[place].nats)[:LISTED]
    rows = "".join(
        f'<tr><td>{place + 1}</td><td class="rnn-context">{_context(text, place)}</td>'
        f"<td>{text[place].nats:.2f}</td><td>{_percent(text[place].nats)}</td></tr>"
        for place in order
    )
    heads = "<th>#</th><th>character · 글자</th><th>nats</th><th>p</th>"
    return (
        '<table class="rnn-surprises"><caption>Most surprising · 가장 뜻밖의 글자</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _context(text: list[Character], place: int) -> str:
    before = "".join(sign(character.text) for character in text[max(0, place - CONTEXT) : place])
    cut = "…" if place > CONTEXT else ""
    marked = "␣" if text[place].text == " " else sign(text[place].text)
    return f"{cut}{html.escape(before)}<mark>{html.escape(marked)}</mark>"


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 100 else f"{value:,.0f}"


def _percent(nats: float) -> str:
    value = 100 * math.exp(-nats)
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.095 else "&lt;0.1 %"
