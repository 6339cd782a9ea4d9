"""Many visitors at once: everybody gets the answers to their own questions, and who finds the queue full is told so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import hub
from tests.support.browser import serving


@pytest.fixture(scope="module")
def house(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hub.Hub]:
    """`python -m apps` with the tiny models; all visitors have one address, so the rate is off."""
    log = tmp_path_factory.mktemp("load") / "log.txt"
    with serving("apps", tiny_models, log, "--rate", "0") as address:
        yield hub.Hub(address, 0.0)
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


@pytest.mark.slow
def test_nobody_gets_an_error_or_the_answer_of_somebody_else(house, monkeypatch):
    monkeypatch.setattr(hub, "SECONDS", 30)
    questions, expected = hub.alone(house, house.visitor())
    assert len(questions) == 32 and {len(own) for own in questions} == {5}
    different = [len({str(answers[n]) for answers in expected}) for n in range(5)]
    # No two visitors are to be told the same; untrained captioners say nearly the same of all pictures.
    assert min(different[:4]) >= 31 and different[4] >= 5
    rows = hub.load(house, questions, expected)
    assert [row["what"] for row in rows][1:] == [
        f"load, {name}" for name in ("/caption_image", "/explain", "/generate", "/score", "/translate")
    ]
    with pytest.raises(RuntimeError, match="was answered .* under load; alone 'something else'"):
        hub.load(house, questions, [["something else"] * 5 for _ in questions])


@pytest.mark.slow
def test_of_a_crowd_some_are_told_to_come_again_and_all_others_are_answered(house):
    (row,) = hub.crowd_of(house)
    assert 0 < row["value"] < 160
