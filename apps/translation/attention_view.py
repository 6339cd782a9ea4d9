"""Where a translator looked: the tokens of both sentences, linked, and their attention as a heat-map.

All is HTML in the visitor's own fonts. `assets/attention_view.js` lights up what belongs to a token that is pointed at,
tapped, or stepped to with the arrow keys; the numbers are in the page without it, too.
"""

from typing import TYPE_CHECKING, Any

import gradio as gr

from apps.shared.assets import asset
from apps.shared.formatting import percent, token_html
from apps.shared.languages import html_of, label, sentences

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Sentence


CELLS = 8_000  # a larger heat-map would make a page slow
PRINTED = 0.095  # smaller weights are in the cell's title only


def _caption(english: str, korean: str) -> str:
    return f'<p class="rnn-caption">{sentences(english, korean)}</p>'


CAPTION = _caption(
    "One row for each token that was written, one column for each that was read; each row sums to 100 %. Point at a "
    "token, "
    "tap it, or step with the arrow keys.",
    "행은 번역의 토큰, 열은 원문의 토큰이며 각 행의 합은 100 %입니다. 토큰을 가리키거나 누르거나 화살표 키로 옮겨 "
    "보세요.",
)
NO_ATTENTION = _caption(
    "This model has no attention: all that it knew of the source while it wrote is one state.",
    "이 모델에는 주의(어텐션)가 없습니다. 번역하는 동안 원문에 대해 아는 것은 상태 하나뿐입니다.",
)
TOO_LARGE = _caption(
    "Too many tokens for a heat-map; the tokens above are linked all the same.",
    "토큰이 너무 많아 히트맵은 그리지 않았습니다. 위의 토큰을 가리키면 대응하는 토큰은 볼 수 있습니다.",
)
READ, WRITTEN = label("read", "원문"), label("written", "번역")


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with any number of `figure`s.

    A cell of a figure that is to be picked triggers a click, whose data are `at` and `position`.
    """
    script = asset("translation", "attention_view.js")
    return gr.HTML("", js_on_load=script, apply_default_css=False, **properties)


def figure(
    given: "Sentence", picked: bool = False, steered: tuple[int, int] | None = None, caption: str = CAPTION
) -> str:
    """The tokens of a sentence and of its translation, and the heat-map of the attention between them.

    Args:
        picked: the cells can be clicked.
        steered: the row and the column of a cell that was forced upon the model.
        caption: HTML over the heat-map.
    """
    sources, targets = ([token_html(token) for token in side] for side in (given.source_tokens, given.tokens))
    weights = ""
    if given.attention is not None:
        rows = (given.attention * 1000).round().astype(int).tolist()
        weights = ";".join(" ".join(map(str, row)) for row in rows)
    below = _map(given, sources, targets, picked, steered, caption) if weights else NO_ATTENTION
    probabilities = [percent(float(probability)) for probability in given.probabilities]
    return f"""<div class="rnn-align" data-figure="attention" data-weights="{weights}">
{_line("source", READ, given.source_tokens, sources, [""] * len(sources))}
{_line("target", WRITTEN, given.tokens, targets, probabilities)}
<div class="rnn-pair" aria-live="polite"></div>
{below}</div>"""


def _line(side: str, name: str, tokens: list[str], names: list[str], probabilities: list[str]) -> str:
    pieces = "".join(
        f'<span class="rnn-piece{" rnn-begins" if n and _begins(token) else ""}" data-n="{n}"'
        f"{_probability(probability)}><bdi>{text}</bdi><i></i></span>"
        for n, (token, text, probability) in enumerate(zip(tokens, names, probabilities, strict=True))
    )
    return (
        f'<div class="rnn-pieces rnn-{side}"><b>{html_of(name)}</b>'
        f'<div tabindex="0" role="group" aria-label="{name}" dir="auto">{pieces}</div></div>'
    )


def _begins(token: str) -> bool:
    """Whether a gap stands before a token: it begins a word, or is the end sign."""
    return token.startswith("▁") or token == "</s>"


def _probability(probability: str) -> str:
    return f' data-p="{probability}" title="{probability}"' if probability else ""


def _map(
    given: "Sentence",
    sources: list[str],
    targets: list[str],
    picked: bool,
    steered: tuple[int, int] | None,
    caption: str,
) -> str:
    if len(sources) * len(targets) > CELLS:
        return TOO_LARGE
    heads = "".join(f'<th scope="col"><bdi>{name}</bdi></th>' for name in sources)
    rows = []
    for t, (target, row) in enumerate(zip(targets, given.attention, strict=True)):
        cells = "".join(
            _cell(float(weight), source, target, steered == (t, j))
            for j, (weight, source) in enumerate(zip(row, sources, strict=True))
        )
        rows.append(f'<tr><th scope="row"><bdi>{target}</bdi></th>{cells}</tr>')
    kind = "rnn-map rnn-picked" if picked else "rnn-map"
    return (
        f'{caption}<div class="rnn-scroll"><table class="{kind}"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(weight: float, source: str, target: str, forced: bool) -> str:
    style = f' style="--w:{weight:.2f}"' if weight >= 0.005 else ""
    kind = ' class="rnn-forced"' if forced else ""
    number = f"{100 * weight:.0f}" if weight >= PRINTED else ""
    return f'<td{kind}{style} title="{target} ← {source}: {percent(weight)}">{number}</td>'
