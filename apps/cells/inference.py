"""The models at work on a visitor's text: read, searched, a unit taken away."""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.cells import PAGE, names
from apps.shared import models, validation

TEXT_LIMIT = 4_000
PATTERN_LIMIT = 200
PATTERN_SECONDS = 3.0
KEPT = 6  # readings; one is 35 MB at most
LISTED = 8  # units of a search
CONCURRENCY: dict[str, Any] = {"concurrency_id": "char_lm-cells", "concurrency_limit": PAGE.visitors}

_UNIT = re.compile(r"\s*(layer_\d+(?:/(?:forward|backward))?)\s+(h|c|tanh c)\s*\[?\s*(\d{1,6})\s*\]?\s*")
_readings: "OrderedDict[tuple, Any]" = OrderedDict()
_lock = threading.Lock()


def search_cells(text: str, hypothesis: str = "line_position", pattern: str = "", model: str = "") -> dict:
    """Search all units of a network for those that follow a hypothesis in a text.

    Args:
        text: 200 to 4,000 characters; its first half chooses the units, their scores are of the second.
        hypothesis: one of the library's names, such as "line_position", or "pattern".
        pattern: with hypothesis "pattern" a regular expression, at most 200 characters: what it matches is looked for.
        model: a name that `cells_models` gives; "" takes the first of them.

    Returns:
        `measure` (AUC or |r|), `units` (name, sign, score on both halves; the best first), `bounds` (95 %, of the
        best), the two nulls `shifted` and `untrained`, `probe` (a linear probe on the whole state), `beats_nulls` and
        `share` (of the steps where the label is true, or its mean).
    """
    found = search(text, hypothesis, pattern, model)
    return {
        "hypothesis": found.hypothesis.name,
        "measure": found.measure,
        "units": [
            {
                "unit": str(one.unit),
                "sign": one.sign,
                "chosen": _rounded(one.chosen),
                "score": _rounded(one.score),
            }
            for one in found.units
        ],
        "bounds": [_rounded(bound) for bound in found.bounds],
        "shifted": _rounded(found.shifted),
        "untrained": _rounded(found.untrained),
        "probe": _rounded(found.probe),
        "beats_nulls": found.beats_nulls,
        "share": _rounded(found.share),
    }


def read_unit(text: str, unit: str, model: str = "", untrained: bool = False) -> dict:
    """What one unit was at each step while a network read a text.

    Args:
        text: at most 4,000 characters.
        unit: such as "layer_0 c[17]": the layer, h, c or tanh c, and its number.
        model: a name that `cells_models` gives; "" takes the first of them.
        untrained: read with an untrained network of the same size instead.

    Returns:
        `steps` (what was read at each) and `values`.
    """
    reading = read(text, model, untrained)
    values = values_of(reading, unit)
    return {"steps": pieces(reading), "values": [_rounded(float(value)) for value in values]}


def ablate_unit(text: str, unit: str, hypothesis: str = "line_position", pattern: str = "", model: str = "") -> dict:
    """Set one unit of a character model to zero and compare the losses.

    Args:
        text: at most 4,000 characters.
        unit: such as "layer_0 c[17]".
        hypothesis, pattern: where the losses are told apart, as in `search_cells`.
        model: a character model that `cells_models` gives; "" takes the first of them.

    Returns:
        `inside` and `outside`: the mean loss in nats with and without the unit, and `steps`, how many there are.
    """
    found = ablate(text, unit, hypothesis, pattern, model)[1]
    return {
        "inside": [_rounded(loss) for loss in found.inside],
        "outside": [_rounded(loss) for loss in found.outside],
        "steps": list(found.steps),
    }


def list_models() -> list[str]:
    """The names of the models whose cells can be looked into."""
    return names.available()


# For the page ----------------------------------------------------------------------------------------


def checked(text: str | None) -> str:
    """The text, if there is one that is not too long."""
    text = validation.text_within(text, TEXT_LIMIT, "The text", "글")
    if not text.strip():
        raise validation.no_text()
    return text


def wanted(hypothesis: str, pattern: str) -> Any:
    """The hypothesis of a menu and a field."""
    from rnn_models.probes.cells import HYPOTHESES, PatternError, matching

    if hypothesis != names.PATTERN:
        if not isinstance(hypothesis, str) or hypothesis not in HYPOTHESES:
            raise validation.refusal(
                f"There is no hypothesis {str(hypothesis)[:40]!r}; expected pattern, or one of: "
                f"{', '.join(HYPOTHESES)}.",
                "그런 가설이 없습니다. 메뉴에서 골라 주세요.",
                "hypothesis",
            )
        return HYPOTHESES[hypothesis]
    pattern = validation.text_within(pattern, PATTERN_LIMIT, "The pattern", "패턴", "pattern")
    if not pattern:
        raise validation.refusal(
            "There is no pattern yet: write a regular expression, such as \\d+ for numbers.",
            "패턴이 비어 있습니다. 숫자를 뜻하는 \\d+ 같은 정규식을 써 주세요.",
            "pattern",
        )
    try:
        return matching(pattern, seconds=PATTERN_SECONDS)
    except PatternError as error:
        raise _bad_pattern(error) from error


def search(text: str, hypothesis: str, pattern: str = "", model: str = "") -> Any:
    """The library's finding for one hypothesis on a text."""
    from rnn_models.probes.cells import rank
    from rnn_models.probes.cells.searching import halves

    text, one = checked(text), wanted(hypothesis, pattern)
    with validation.user_errors():
        chosen, held = halves(read(text, model))
        labels = _labels(held, one)
        _check_labels(one, labels, _labels(chosen, one))
        null = halves(read(text, model, untrained=True))[1]
        (found,) = rank(chosen, held, [one], null, top=LISTED)
        return found


def read(text: str, model: str = "", untrained: bool = False) -> Any:
    """What a model makes of a text; the last few readings are kept."""
    text = checked(text)
    with validation.user_errors():
        loaded = load(model, untrained)
        key = (id(loaded), text)
        with _lock:
            if key in _readings:
                _readings.move_to_end(key)
                return _readings[key]
        from rnn_models.probes import cells

        reading = cells.read(loaded, text)
        with _lock:
            _readings[key] = reading
            while len(_readings) > KEPT:
                _readings.popitem(last=False)
        return reading


def load(model: str = "", untrained: bool = False) -> Any:
    """A model by name; or its untrained twin, which is made once."""
    name = model or models.first(PAGE, names.available())
    if name not in names.available():
        raise ValueError(f"There is no model {name!r}; expected one of: {', '.join(names.available())}.")
    loaded = models.get(name, names.task_of(name))
    return models.derived(loaded, _untrained) if untrained else loaded


def _untrained(loaded: Any) -> Any:
    from rnn_models.probes.cells import untrained

    return untrained(loaded)


def unit_of(text: str) -> Any:
    """A unit as visitors write it, such as "layer_0 c[17]"."""
    from rnn_models.probes.cells import Unit

    match = _UNIT.fullmatch(text) if isinstance(text, str) and len(text) < 60 else None
    if match is None:
        raise validation.refusal(
            f"{str(text)[:60]!r} names no unit; write the layer, the state and a number, such as layer_0 c[17].",
            f"{str(text)[:60]!r}은(는) 유닛 이름이 아닙니다. layer_0 c[17]처럼 층, 상태, 번호를 써 주세요.",
            "unit",
        )
    return Unit(match[1], match[2], int(match[3]))


def values_of(reading: Any, unit: str) -> np.ndarray:
    """What a unit was at each step."""
    try:
        return reading.values(unit_of(unit))
    except ValueError as error:
        if isinstance(error, validation.Refusal):
            raise
        known = ", ".join(f"{layer} {state}[0–{a.shape[1] - 1}]" for (layer, state), a in reading.states.items())
        raise validation.refusal(
            f"This network has no unit {unit}; it has {known} (and tanh c beside c).",
            f"이 신경망에는 {unit} 유닛이 없습니다. 있는 유닛: {known} (c에는 tanh c도 있음)",
            "unit",
        ) from error


def ablate(text: str, unit: str, hypothesis: str, pattern: str = "", model: str = "") -> tuple[Any, Any]:
    """The reading of a text, and the library's ablation of a unit."""
    from rnn_models.probes import cells

    text, one = checked(text), wanted(hypothesis, pattern)
    reading = read(text, model)
    values_of(reading, unit)
    if reading.nats is None:
        raise validation.refusal(
            "Only a character model has a loss at every step; choose one of these.",
            "단계마다 손실이 있는 것은 글자 모델뿐입니다. 글자 모델을 골라 주세요.",
            "model",
        )
    with validation.user_errors():
        _labels(reading, one)
        return reading, cells.ablate(load(model), text, unit_of(unit), one, whole=reading)


def pieces(reading: Any) -> list[str]:
    """What was read at each step."""
    return [reading.texts[row][a:b] for row, a, b in zip(reading.rows, reading.begins, reading.ends, strict=True)]


def _labels(reading: Any, hypothesis: Any) -> np.ndarray:
    from rnn_models.probes.cells import PatternError

    try:
        return reading.labels(hypothesis)
    except PatternError as error:
        raise _bad_pattern(error) from error


def _bad_pattern(error: Exception) -> Exception:
    slow = "still being matched" in str(error)
    korean = (
        f"패턴을 {PATTERN_SECONDS:g}초 안에 다 맞춰 보지 못했습니다. (a+)+처럼 반복 안에 반복이 있으면 글자마다 시간이 "
        "배로 늘어납니다. 반복을 하나로 줄여 주세요."
        if slow
        else "정규식을 읽을 수 없습니다. 괄호와 기호를 확인해 주세요."
    )
    return validation.refusal(f"{str(error)[:1].upper()}{str(error)[1:]}", korean, "pattern")


def _check_labels(hypothesis: Any, held: Sequence[float], chosen: Sequence[float]) -> None:
    if np.ptp(held) > 0 and np.ptp(chosen) > 0:
        return
    raise validation.refusal(
        f"In one half of this text the label {hypothesis.name} never changes, so nothing can be searched. Give a text "
        "in whose halves it comes and goes, or another hypothesis.",
        "글의 앞 절반이나 뒤 절반에서 이 가설의 값이 한 번도 바뀌지 않아 찾을 수 없습니다. 양쪽에 모두 나오는 글이나 "
        "다른 가설을 골라 주세요.",
        "hypothesis" if not hypothesis.name.startswith("/") else "pattern",
    )


def _rounded(value: float) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None
