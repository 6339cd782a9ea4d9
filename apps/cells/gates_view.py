"""The gates of a network as scatter plots: how often each was nearly shut, and how often nearly open; SVG in HTML."""

from collections.abc import Mapping, Sequence

import numpy as np

from apps.shared.languages import both, html_of, sentences

MEANINGS = {
    "i": ("input gate i: how much is written", "입력 게이트 i: 얼마나 쓸지"),
    "f": ("forget gate f: how much is kept", "망각 게이트 f: 얼마나 남길지"),
    "o": ("output gate o: how much is shown", "출력 게이트 o: 얼마나 내보일지"),
    "z": ("update gate z: how much is kept", "갱신 게이트 z: 얼마나 남길지"),
    "r": ("reset gate r: how much is read", "리셋 게이트 r: 얼마나 읽을지"),
}
Shares = Mapping[tuple[str, str], np.ndarray]


def scatters(trained: Shares, untrained: Shares) -> str:
    """One plot for each gate of each layer, trained and untrained."""
    plots = "".join(_plot(key, trained[key], untrained[key]) for key in trained)
    return f'<section data-figure="gates"><div class="rnn-scatters">{plots}</div></section>'


def _plot(key: tuple[str, str], trained: np.ndarray, untrained: np.ndarray) -> str:
    layer, gate = key
    grid = "".join(f'<path d="M{v} 0V100M0 {v}H100"/>' for v in (0, 25, 50, 75, 100))
    dots = _dots(untrained, "rnn-untrained") + _dots(trained, "rnn-trained")
    told = _told(trained, untrained)
    label = f"{layer} {gate}: {told[0]}"
    return f"""<figure><h4>{layer} · {both(*MEANINGS[gate])}</h4>
<svg viewBox="-3 -3 106 106" role="img" aria-label="{label}"><g class="rnn-grid">{grid}</g>{dots}</svg>
<figcaption>{both("→ share of steps above .9 (open)", "→ 0.9보다 큰(열린) 단계의 비율")}<br>
{both("↑ share of steps below .1 (shut)", "↑ 0.1보다 작은(닫힌) 단계의 비율")}<br>
<span class="rnn-told">{sentences(*told)}</span></figcaption></figure>"""


def _dots(shares: np.ndarray, kind: str) -> str:
    places = "".join(f"M{100 * right:.1f} {100 - 100 * left:.1f}h0" for left, right in shares.T)
    return f'<path class="{kind}" d="{places}"/>'


def _told(trained: np.ndarray, untrained: np.ndarray) -> Sequence[str]:
    always = [int((one[1] > 0.9).sum()) for one in (trained, untrained)]
    shut = [int((one[0] > 0.9).sum()) for one in (trained, untrained)]
    count = trained.shape[1]
    return (
        f"of {count} units {always[0]} are open and {shut[0]} shut in more than 90 % of the steps; untrained "
        f"{always[1]} and {shut[1]}.",
        f"유닛 {count}개 가운데 전체 단계의 90 % 넘게 열린 것은 {always[0]}개, 닫힌 것은 {shut[0]}개이고, 학습 전에는 "
        f"{always[1]}개와 {shut[1]}개입니다.",
    )


def legend(title: str, other: str) -> str:
    """Which dots are which network's."""
    return (
        f'<p class="rnn-cell-legend"><i class="rnn-cell-high"></i> {html_of(title)} <i class="rnn-cell-low"></i> '
        f"{html_of(other)}</p>"
    )
