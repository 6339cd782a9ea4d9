"""A race of two cells as HTML: both losses, the guess without memory, and what became of it."""

from apps.gradients import plot
from apps.gradients.plot import DASHED, Line, scientific
from apps.gradients.race import BATCH, SMOOTHED, Race
from apps.gradients.titles import title_html
from apps.shared import charts
from apps.shared import run as runs
from apps.shared.languages import both, label, sentences

LABEL = label("loss of both cells over the steps of training", "학습 단계에 따른 두 셀의 손실")
COLOURS = ("rnn-c1", "rnn-c0")
POINTS = 400
"""So many points a line has at most."""

GUESSES = {
    "adding": ("guessing 1 every time: 1/6", "늘 1이라고 추측: 1/6"),
    "copy": ("guessing without memory: 10 ln 8 / (T + 20)", "기억 없이 추측: 10 ln 8 / (T + 20)"),
}
ENDED = {
    "steps": ("All steps are done.", "모든 단계를 마쳤습니다."),
    "time": ("The race was ended after a minute.", "1분이 지나 경주를 끝냈습니다."),
    "diverged": (
        "A loss is no number any more: lower the learning rate.",
        "손실이 더는 수가 아닙니다. 학습률을 낮춰 보세요.",
    ),
}


def shown(race: Race) -> str:
    """The race so far: how far it is, and the losses."""
    if not race.done and not race.ended:
        return runs.waiting(both("Building and compiling both networks…", "두 신경망을 만들고 컴파일하는 중…"))
    settings, every = race.settings, -(-race.settings.steps // POINTS)
    places = -(-settings.steps // every)
    lines = [
        Line(title_html(cell), race.smoothed(cell)[::every], colour, told=scientific(_last(race, cell)))
        for cell, colour in zip(settings.cells, COLOURS, strict=True)
    ]
    guess = Line(both(*GUESSES[settings.task]), [race.guessing] * places, "rnn-grey", DASHED, scientific(race.guessing))
    axis = charts.ends("0", both("steps of training", "학습 단계"), f"{settings.steps:,}")
    drawn = plot.plot([*lines, guess], LABEL, axis, "race", places, 1e-6, 3, every)
    head = (
        f'<p class="rnn-total">{both(*ENDED[race.ended])} {_pace(race)}</p>{_results(race)}'
        if race.ended
        else runs.progress(race.done, settings.steps, both("steps", "단계")) + f'<p class="rnn-total">{_pace(race)}</p>'
    )
    return f"{head}{drawn}{_smoothing()}"


def _last(race: Race, cell: str) -> float | None:
    found = race.smoothed(cell)
    return found[-1] if found else None


def _pace(race: Race) -> str:
    return f"{race.done:,} {both('steps', '단계')}, {race.seconds:.1f} {both('seconds', '초')}"


def _smoothing() -> str:
    told = sentences(
        f"Each point is the mean of the last {SMOOTHED} steps. Every step reads {BATCH} sequences that were never "
        "there before, so that this is also the loss on new data.",
        f"점 하나는 최근 {SMOOTHED}단계의 평균입니다. 단계마다 처음 보는 시퀀스 {BATCH}개를 읽으므로 새 데이터에 "
        "대한 손실이기도 합니다.",
    )
    return f'<p class="rnn-total">{told}</p>'


def _results(race: Race) -> str:
    columns = (
        both("cell", "셀"),
        both("parameters", "파라미터"),
        both("last loss", "마지막 손실"),
        both("below half of the guess", "추측의 절반보다 낮아진 단계"),
    )
    rows = []
    for cell, colour in zip(race.settings.cells, COLOURS, strict=True):
        solved = race.solved(cell)
        when = f"{both('step', '단계')} {solved:,}" if solved else both("never", "없음")
        rows.append(
            f'<tr><th scope="row"><i class="rnn-swatch {colour}"></i>{title_html(cell)}</th>'
            f"<td>{race.parameters.get(cell, 0):,}</td><td>{scientific(_last(race, cell))}</td><td>{when}</td></tr>"
        )
    values = charts.values_table(
        ("Values of the lines", "선의 값"),
        ("step", "단계"),
        [title_html(cell) for cell in race.settings.cells],
        [
            (f"{n + 1:,}", [scientific(race.smoothed(cell)[n]) for cell in race.settings.cells])
            for n in charts.sampled(race.done)
        ],
    )
    return charts.outcomes(columns, "".join(rows)) + (values if race.done else "")
