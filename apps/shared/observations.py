"""Guided observations: a question to answer by prediction, a press that runs it, and what was to be seen.

A page keeps its own in `apps/NAME/observations.py`. Each is a link that holds the state of a tab (`apps.shared.links`):
`/NAME?observation=...` fills in the tab and asks the question, with `&run=1` it also runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.shared.languages import both, html_of, label, sentences

PARTS = {
    "video": ("Video, a label for every frame", "비디오, 프레임마다의 레이블"),
    "non_sequences": ("Sequential processing of non-sequence data", "시퀀스가 아닌 데이터의 순차 처리"),
    "graph": ("Computational graph", "계산 그래프"),
    "many_to_one": ("Many to one", "다대일"),
    "sequence_to_sequence": ("Sequence to sequence", "시퀀스 투 시퀀스"),
    "language_model": ("Character-level language model", "글자 단위 언어 모델"),
    "captioning": ("Image captioning", "이미지 캡셔닝"),
    "vqa": ("Visual question answering", "그림에 묻기(시각적 질의응답)"),
    "attention": ("Attention", "주의(어텐션)"),
    "gradient_flow": ("Gradient flow and gates", "그래디언트의 흐름과 게이트"),
}
"""The parts of the lecture that have observations, in its order."""


@dataclass(frozen=True)
class Observation:
    """One observation, true for the shipped model that it names; the texts are HTML, examples stand in `<q>`.

    Attributes:
        name: in its link.
        part: of the lecture, a key of `PARTS`.
        minutes: of a class.
        tab: where it is made.
        settings: what is set there, as it stands in a link.
        question, question_ko: can be answered by prediction.
        look, look_ko: where to look when it runs.
        seen, seen_ko: what was to be seen, and why.
    """

    name: str
    part: str
    minutes: int
    tab: str
    settings: Mapping[str, str]
    question: str
    question_ko: str
    look: str
    look_ko: str
    seen: str
    seen_ko: str

    @property
    def link(self) -> str:
        """What stands behind the page's address."""
        return f"?observation={self.name}"


LIST = label("Predict, then press", "예측하고 눌러 보기")
RUN = both("Set it and run", "이대로 설정하고 실행")
PREDICTED = both("I have a prediction: run", "예측했어요: 실행")
LOOK, SEEN, CLOSE = both("Look at", "눈여겨볼 것"), both("What was to be seen", "관찰 결과"), label("Close", "닫기")


def listed(observations: Sequence[Observation]) -> str:
    """The questions of a page, each with its button; folded up at first. "" without any."""
    if not observations:
        return ""
    rows = "".join(
        f'<li class="rnn-observation"><p>{_question(one)}</p>'
        f'<a class="rnn-press" role="button" data-run href="{one.link}&amp;run=1">{RUN}</a></li>'
        for one in observations
    )
    return (
        f'<details class="rnn-observations"><summary>{html_of(LIST)} <small>{len(observations)}</small></summary>'
        f"<ol>{rows}</ol></details>"
    )


def panels(observations: Sequence[Observation]) -> str:
    """What stands at the lower edge while an observation is made; `assets/observations.js` shows the one."""
    return "".join(_panel(one) for one in observations)


def _panel(one: Observation) -> str:
    return (
        f'<aside class="rnn-observed" data-observation="{one.name}" aria-live="polite" hidden>'
        f'<button type="button" class="rnn-close" aria-label="{CLOSE}">×</button>'
        f'<p class="rnn-question">{_question(one)}</p>'
        f'<a class="rnn-press" role="button" data-run href="{one.link}&amp;run=1">{PREDICTED}</a>'
        f'<div class="rnn-outcome"><p><b>{LOOK}.</b> {sentences(one.look, one.look_ko)}</p>'
        f"<details><summary>{SEEN}</summary><p>{sentences(one.seen, one.seen_ko)}</p></details></div></aside>"
    )


def _question(one: Observation) -> str:
    return sentences(one.question, one.question_ko)
