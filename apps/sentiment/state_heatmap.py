"""The state of the recurrent layer over time as a heat-map: one column for each token, one row for each unit."""

import base64

import numpy as np

from apps.sentiment.explained_text import ExplainedText
from apps.shared import charts
from apps.shared.formatting import number
from apps.shared.languages import both, label, sentences

STATES = label("states of the units over the tokens", "토큰에 따른 유닛의 상태")
UNITS = 64
LEAST = 1e-3  # of smaller states nothing would be seen


def figure(given: ExplainedText) -> str:
    """The heat-map as HTML; `assets/attribution_view.js` paints it. "" where no token was read."""
    states = given.explanation.states
    if not len(states):
        return ""
    units = most_varying_units(states, given)
    full = max(LEAST, float(np.abs(states[:, units]).max()))
    painted = np.round(states[:, units].T / full * 127).astype(np.int8)
    names = [_name(unit, given) for unit in units]
    values = base64.b64encode(painted.tobytes()).decode("ascii")
    return f"""<h4>{both("The state over time", "시간에 따른 상태")}</h4>
<p class="rnn-caption">{_caption(given, len(units))}</p>
<figure class="rnn-states" data-figure="states"><div class="rnn-canvas">
<canvas data-values="{values}" data-columns="{len(states)}"
data-full="{full:.6g}" data-units="{" ".join(names)}" data-words="{" ".join(map(str, word_indices(given)))}" role="img"
aria-label="{STATES}"></canvas><i class="rnn-cursor"></i></div>
{_ticks(given)}<div class="rnn-ramp"><span>−{number(full)}</span><i class="rnn-state-ramp"></i>
<span>+{number(full)}</span></div></figure>"""


def most_varying_units(states: np.ndarray, given: ExplainedText) -> np.ndarray:
    """The units whose values vary most over the text, those that read forward first; (at most 64,)."""
    ahead = _units_ahead(given)
    varied = np.argsort(-states.var(axis=0), kind="stable")[:UNITS]
    return np.concatenate([varied[varied < ahead], varied[varied >= ahead]])


def word_indices(given: ExplainedText) -> list[int]:
    """The number of the word that each token belongs to; −1 where there is none."""
    spans, words, found, word = given.explanation.verdict.spans, given.words, [], 0
    text = given.explanation.verdict.text
    for start, end in spans:
        # as in `explain`: white space belongs to what follows
        first = next((place for place in range(start, end) if not text[place].isspace()), end)
        while word < len(words) - 1 and first >= words[word].end:
            word += 1
        found.append(word if words else -1)
    return found


def _units_ahead(given: ExplainedText) -> int:
    """How many units read the text forward; the others read it backward."""
    settings = given.loaded.settings
    return settings["units"] if settings["bidirectional"] else given.explanation.states.shape[1]


def _name(unit: int, given: ExplainedText) -> str:
    ahead = _units_ahead(given)
    return f"→{unit}" if unit < ahead else f"←{unit - ahead}"


def _caption(given: ExplainedText, shown: int) -> str:
    total = given.explanation.states.shape[1]
    english = f"All {total} units" if shown == total else f"The {shown} of {total} units that vary most"
    korean = f"유닛 {total}개" if shown == total else f"유닛 {total}개 중 가장 크게 변하는 {shown}개"
    two_ways = _units_ahead(given) < total
    order = " Above: reading forward (→), below: backward (←)." if two_ways else ""
    order_ko = " 위쪽은 앞에서부터(→), 아래쪽은 뒤에서부터(←) 읽는 유닛입니다." if two_ways else ""
    return sentences(
        f"{english}, one row each; one column for each token.{order}",
        f"행은 {korean}, 열은 토큰입니다.{order_ko}",
    )


def _ticks(given: ExplainedText) -> str:
    tokens = given.explanation.verdict.tokens
    return charts.ticks([((n + 0.5) / len(tokens), token.strip()[:12]) for n, token in enumerate(tokens)])
