"""Guided observations on DRAW; `tests/draw/test_observations.py` asks the library."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="no-noise",
        part="non_sequences",
        minutes=2,
        tab="sixteen",
        settings={"digit": "3", "seed": "3", "temperature": "0"},
        question="Sixteen times the digit 3, at temperature 0. How different will the sixteen pictures be?",
        question_ko="온도를 0으로 두고 숫자 3을 열여섯 번 그립니다. 열여섯 장은 서로 얼마나 다를까요?",
        look="The sixteen pictures; then set the temperature to 1.",
        look_ko="열여섯 장을 보고, 온도를 1로 바꿔 보세요.",
        seen="Not at all: every z is 0, and nothing else is drawn at random. All that makes one 3 another than the "
        "next comes from z, a new one at every step.",
        seen_ko="전혀 다르지 않습니다. z가 모두 0이고, 그 밖에 무작위인 것은 없습니다. 한 3을 다른 3과 다르게 만드는 "
        "것은 모두 단계마다 새로 뽑는 z에서 옵니다.",
    ),
    Observation(
        name="without-attention",
        part="non_sequences",
        minutes=3,
        tab="paint",
        settings={"digit": "7", "seed": "3", "temperature": "1", "twin": "1"},
        question="Two networks get the same z's and the same digit; one writes through a window, the other on the "
        "whole canvas. Will they paint the same 7?",
        question_ko="두 신경망에 같은 z와 같은 숫자를 줍니다. 하나는 창을 통해 쓰고 다른 하나는 캔버스 전체에 씁니다. "
        "둘은 같은 7을 그릴까요?",
        look="Both canvases from the first step to the last, and the window over the one at the left.",
        look_ko="두 캔버스를 첫 단계부터 끝까지 보고, 왼쪽 캔버스 위의 창도 보세요.",
        seen="Each paints a 7, but not the same: what a z means each network has learnt for itself. The window changes "
        "its place and its size from step to step.",
        seen_ko="둘 다 7이지만 같은 그림은 아닙니다. z의 뜻은 신경망마다 따로 배운 것입니다. 창은 단계마다 자리와 "
        "크기가 바뀝니다.",
    ),
    Observation(
        name="walk",
        part="non_sequences",
        minutes=2,
        tab="between",
        settings={"digit": "3", "first": "1", "last": "2", "count": "8"},
        question="Eight pictures on the way from one 3 to another. Is what lies between them a 3, too, or two threes "
        "on top of each other?",
        question_ko="한 3에서 다른 3으로 가는 길에 있는 그림 여덟 장입니다. 그 사이에 있는 것도 3일까요, 아니면 3 두 "
        "개가 겹친 그림일까요?",
        look="The pictures in their order; neighbours first, then the two ends.",
        look_ko="그림을 차례대로 보세요. 이웃한 그림부터, 그다음 양쪽 끝을 비교하세요.",
        seen="A 3 all the way. Neighbours differ little, the ends much: near z's are painted alike, and all along the "
        "way is what the network has learnt to paint.",
        seen_ko="끝까지 3입니다. 이웃한 그림은 조금씩, 양 끝은 많이 다릅니다. 가까운 z는 비슷하게 그려지고, 길 전체가 "
        "신경망이 그리도록 배운 범위 안에 있습니다.",
    ),
)
