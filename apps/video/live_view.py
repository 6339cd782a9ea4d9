"""The field whose movements are labelled while they happen; `assets/live.js` does the rest."""

import html
import json

from apps.shared.languages import both, label, sentences
from apps.video.gestures import GESTURES
from apps.video.live import BATCH
from apps.video.names import CLASSES

SECONDS = 8
"""So much of the past is shown."""

_DESCRIBED = label(
    "Field to move in. The mouse need not be pressed; hold the arrow keys to move with the keyboard, Escape clears.",
    "움직이는 칸. 마우스는 누르지 않아도 됩니다. 키보드로는 화살표 키를 누르고 있으면 움직이고 Esc로 지웁니다.",
)
_HINT = sentences(
    "Move the mouse here without pressing, or draw with a finger.",
    "여기서 마우스를 누르지 말고 움직이거나 손가락으로 그려 보세요.",
)
_KEYS = sentences(
    "With the keyboard: Tab into the field and hold the arrow keys, one after the other.",
    "키보드로는 Tab으로 칸에 들어가 화살표 키를 하나씩 차례로 누르고 있으세요.",
)
_CAUSAL, _ALONE = both("with memory", "기억 있음"), both("no memory: each step alone", "기억 없음: 한 걸음씩 따로")
_STRIPS = sentences(
    f"The last {SECONDS} seconds, the newest at the right.",
    f"지난 {SECONDS}초입니다. 오른쪽이 지금입니다.",
)


def field(rate: float) -> str:
    """The field, the answer, and the strips of the last seconds; `rate` is that of the model, frames a second."""
    known = {
        "rate": rate,
        "seconds": SECONDS,
        "batch": BATCH,
        "names": CLASSES,
        "gestures": {name: one.points().tolist() for name, one in GESTURES.items()},
    }
    clear, save = both("Clear", "지우기"), both("Save the points (CSV)", "점 저장(CSV)")
    return f"""<div class="rnn-live" data-known="{html.escape(json.dumps(known, ensure_ascii=False))}">
<div class="rnn-live-field"><canvas width="960" height="540" tabindex="0" data-stay role="application"
aria-label="{_DESCRIBED}"></canvas><p class="rnn-live-hint">{_HINT}</p></div>
<div class="rnn-live-told"><p class="rnn-live-answer" aria-live="polite">–</p><ul class="rnn-live-bars"></ul>
<div class="rnn-live-tools"><button type="button" data-do="clear">{clear}</button>
<button type="button" data-do="save">{save}</button></div><p class="rnn-caption rnn-keys">{_KEYS}</p></div>
<div class="rnn-live-past" data-figure="past"><p class="rnn-caption">{_STRIPS}</p>
<p class="rnn-strip-name">{_CAUSAL}</p><ol class="rnn-runs" data-past="causal"></ol>
<p class="rnn-strip-name">{_ALONE}</p><ol class="rnn-runs" data-past="alone"></ol></div></div>"""
