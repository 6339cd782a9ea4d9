"""Strips of labels under a clip: the right ones, and those of each network, frame by frame.

A strip is a list of runs, stretches of frames with one label. `assets/clip_view.js` plays the clip, and says the
numbers of the frame that is shown or pointed at.
"""

import html
import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from apps.shared.assets import asset
from apps.shared.formatting import percent
from apps.shared.languages import both, label, sentences
from apps.video import frames_view
from apps.video.examples import LabelledClip
from apps.video.names import NETWORKS, class_name

if TYPE_CHECKING:
    from rnn_models.tasks.video import FrameLabels

PLAY, FRAMES = label("play", "재생"), label("frame", "프레임")
COLOURS = 8
"""Classes have so many colours, and begin anew then."""

NAMED = 0.11
"""A run of at least this share of the clip has its name written on it."""

_CAPTION = sentences(
    "A strip has one place for each frame. Point at a strip or tap it to see the labels of that frame; play the clip, "
    "or move the slider.",
    "띠의 한 칸이 한 프레임입니다. 띠를 가리키거나 누르면 그 프레임의 레이블이 나옵니다. 영상을 재생하거나 슬라이더를 "
    "옮겨 보세요.",
)
_DRAWN = label("The frame that is shown", "지금 보이는 프레임")
_TABLE = both("Labels of the frames, a row for each network", "프레임마다의 레이블, 한 행에 신경망 하나")
TRUTH = both("the right label", "정답")
HELPED = both("memory helped", "기억이 도운 곳")


def view(**properties: Any) -> gr.HTML:
    """The component, empty; its value is HTML with any number of `figure`s."""
    return gr.HTML(
        "",
        js_on_load=asset("shared", "choice_buttons.js") + asset("video", "clip_view.js"),
        apply_default_css=False,
        **properties,
    )


def figure(
    inputs: str,
    rate: float,
    networks: Sequence[str],
    clip: LabelledClip,
    found: Sequence["FrameLabels"],
    said: str = "",
) -> str:
    """A clip with its strips; those of networks without a result are still to come.

    Args:
        inputs: what a frame is.
        rate: frames a second.
        networks: of the model.
        clip: the frames as the networks got them, and the right labels.
        found: what the networks said.
        said: HTML above it.
    """
    known = {one.network: one for one in found}
    classes = list(found[0].classes) if found else []
    truth = np.array([classes.index(one) if one in classes else -1 for one in clip.labels] or [-1] * len(clip.frames))
    shown = (truth >= 0).any()
    rows, data = [], []
    if shown:
        rows.append(_row("truth", TRUTH, truth, classes))
        data.append({"key": "truth", "labels": truth.tolist()})
    for network in [one for one in NETWORKS if one in networks]:
        result = known.get(network)
        if result is None:
            rows.append(_waiting(network))
            continue
        labels = result.probabilities.argmax(axis=1)
        rows.append(_row(network, both(*NETWORKS[network]), labels, classes, right(labels, truth), _clip(result)))
        shares = (1000 * result.probabilities.max(axis=1)).round().astype(int).tolist()
        data.append({"key": network, "labels": labels.tolist(), "shares": shares})
    helped = memory_helped(known, truth)
    if helped is not None:
        rows.append(_helped(helped))
    names = [[*class_name(one, classes), n % COLOURS] for n, one in enumerate(classes)]
    facts = {"rate": rate, "rows": data, "classes": names, **frames_view.data(inputs, clip.frames)}
    heads = "".join(f'<th scope="col">{one}</th>' for one in _heads())
    return f"""{said}{_summary(known, truth)}<p class="rnn-caption">{_CAPTION}</p>
<div class="rnn-clip" data-figure="labels" data-clip="{html.escape(json.dumps(facts, separators=(",", ":")))}">
<canvas class="rnn-stage rnn-stage-{inputs}" width="480" height="270" role="img" aria-label="{_DRAWN}"></canvas>
{_player(len(clip.frames))}
<table class="rnn-strips"><caption class="rnn-unseen">{_TABLE}</caption>
<thead class="rnn-unseen"><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>{_legend(classes)}</div>"""


def right(labels: np.ndarray, truth: np.ndarray) -> float | None:
    """The share of the frames with a right label that have it; None without such frames."""
    known = truth >= 0
    return float((labels == truth)[known].mean()) if known.any() else None


def memory_helped(known: "dict[str, FrameLabels]", truth: np.ndarray) -> np.ndarray | None:
    """(T,) where the causal network is right and the one without memory is not; None where that cannot be said."""
    if not {"causal", "single_frame"} <= set(known) or not (truth >= 0).any():
        return None
    with_memory, without = (known[one].probabilities.argmax(axis=1) == truth for one in ("causal", "single_frame"))
    return with_memory & ~without


def runs(values: Sequence[int]) -> list[tuple[int, int, int]]:
    """(value, first place, how many) of each stretch of one value."""
    found, at = [], 0
    for value, group in itertools.groupby(values):
        count = len(list(group))
        found.append((value, at, count))
        at += count
    return found


# The parts -------------------------------------------------------------------------------------------


def _heads() -> tuple[str, ...]:
    return (
        both("network", "신경망"),
        both("label of each frame", "프레임마다의 레이블"),
        both("the frame that is shown", "지금 보이는 프레임"),
        both("frames right", "맞은 프레임"),
        both("the clip", "영상 전체"),
    )


def _player(count: int) -> str:
    return (
        f'<div class="rnn-player"><button type="button" class="rnn-play" aria-label="{PLAY}" aria-pressed="false">'
        f'</button><input type="range" min="1" max="{count}" value="1" aria-label="{FRAMES}"/><output></output></div>'
    )


def _row(
    key: str, name: str, labels: np.ndarray, classes: Sequence[str], share: float | None = None, of_clip: str = ""
) -> str:
    total = len(labels)
    parts = "".join(_run(classes, value, first, count, total) for value, first, count in runs(labels.tolist()))
    score = "" if share is None else f"{both('right', '정답')} <b>{percent(share)}</b>"
    return (
        f'<tr data-network="{key}"><th scope="row">{name}</th>'
        f'<td class="rnn-strip"><ol class="rnn-runs">{parts}</ol></td>'
        f'<td class="rnn-now"></td><td class="rnn-score">{score}</td><td class="rnn-of-clip">{of_clip}</td></tr>'
    )


def _run(classes: Sequence[str], value: int, first: int, count: int, total: int) -> str:
    name = classes[value] if value >= 0 else ""
    where = f"{first + 1}–{first + count}" if count > 1 else str(first + 1)
    if not name:
        return f'<li style="flex:{count}"><span class="rnn-unseen">– {where}</span></li>'
    written = both(*map(html.escape, class_name(name, classes)))
    if count < NAMED * total:
        written = f'<span class="rnn-unseen">{written} {where}</span>'
    return f'<li class="rnn-k{value % COLOURS}" style="flex:{count}" data-first="{first}">{written}</li>'


def _waiting(network: str) -> str:
    return (
        f'<tr data-network="{network}"><th scope="row">{both(*NETWORKS[network])}</th>'
        '<td class="rnn-strip rnn-waiting" colspan="4">…</td></tr>'
    )


def _helped(where: np.ndarray) -> str:
    parts = "".join(
        f'<li class="rnn-helped" style="flex:{count}"><span class="rnn-unseen">{first + 1}–{first + count}</span></li>'
        if value
        else f'<li style="flex:{count}"></li>'
        for value, first, count in runs(where.tolist())
    )
    count = f"<b>{int(where.sum())}</b> {both('frames', '프레임')}"
    return (
        f'<tr data-network="helped"><th scope="row">{HELPED}</th>'
        f'<td class="rnn-strip"><ol class="rnn-runs">{parts}</ol></td>'
        f'<td class="rnn-now">{count}</td><td class="rnn-score"></td><td class="rnn-of-clip"></td></tr>'
    )


def _clip(result: "FrameLabels") -> str:
    if result.clip is None:
        return ""
    name = both(*map(html.escape, class_name(result.clip)))
    return f"{both('clip', '영상')}: <b>{name}</b> {percent(float(result.clip_probabilities.max()))}"


def _legend(classes: Sequence[str]) -> str:
    parts = "".join(
        f'<li><i class="rnn-swatch rnn-k{n % COLOURS}"></i>{both(*map(html.escape, class_name(one, classes)))}</li>'
        for n, one in enumerate(classes)
    )
    return f'<ul class="rnn-key" aria-hidden="true">{parts}</ul>'


def _summary(known: "dict[str, FrameLabels]", truth: np.ndarray) -> str:
    shares = {key: right(one.probabilities.argmax(axis=1), truth) for key, one in known.items()}
    if shares.get("causal") is None or shares.get("single_frame") is None:
        return ""
    causal, alone = percent(shares["causal"]), percent(shares["single_frame"])
    told = sentences(
        f"With memory <b>{causal}</b> of the frames are right, without <b>{alone}</b>.",
        f"기억이 있으면 프레임의 <b>{causal}</b>, 없으면 <b>{alone}</b>를 맞힙니다.",
    )
    return f'<p class="rnn-story">{told}</p>'
