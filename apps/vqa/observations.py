"""Guided observations on questions about pictures; `tests/vqa/test_observations.py` asks the shipped model."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="two-words-swapped",
        part="vqa",
        minutes=2,
        tab="swap",
        settings={
            "picture": "scene-0",
            "question": "is the heart to the right of the circle",
            "one": "2",
            "other": "8",
        },
        question="In <q>is the heart to the right of the circle</q> the two shapes change places. Both questions have "
        "the same words. Will the answer change? And what will the network say to each when the picture is hidden?",
        question_ko="<q>is the heart to the right of the circle</q>에서 두 도형의 자리를 바꿉니다(‘하트가 원의 "
        "오른쪽에 있나요’). 두 질문에 쓰인 낱말은 똑같습니다. 답이 바뀔까요? 그림을 가리면 각각 뭐라고 답할까요?",
        look="The two answers, and the small ones with the picture hidden.",
        look_ko="두 답과, 그림을 가렸을 때의 작은 답을 보세요.",
        seen="With the picture no becomes yes, both with 100 %: the recurrent network knows which shape was named "
        "first. Without the picture it says yes to both, with 51 and 53 %: of two such questions one is always "
        "right to answer with yes, and guessing gets half.",
        seen_ko="그림이 있으면 no가 yes로 바뀌고 둘 다 100 %입니다. 순환 신경망은 어느 도형이 먼저 나왔는지 압니다. "
        "그림을 가리면 둘 다 yes라고 하고 51 %와 53 %입니다. 이런 두 질문 가운데 하나는 언제나 yes가 맞으므로, "
        "짐작으로는 절반만 맞힙니다.",
    ),
    Observation(
        name="gaze-forced",
        part="vqa",
        minutes=2,
        tab="ask",
        settings={"picture": "scene-2", "question": "what colour is the large heart"},
        question="There are three hearts: a large black one, a small blue one, a small yellow one. The network is "
        "asked <q>what colour is the large heart</q>. Then you click the small blue heart, so that it must look "
        "there. What will it answer? And when you click bare ground?",
        question_ko="하트가 셋 있습니다. 큰 검은색, 작은 파란색, 작은 노란색입니다. 신경망에 <q>what colour is the "
        "large heart</q>(‘큰 하트는 무슨 색인가요’)라고 묻습니다. 그다음 작은 파란 하트를 눌러 그곳만 보게 합니다. "
        "뭐라고 답할까요? 빈 바닥을 누르면 어떨까요?",
        look="The answer above the second map after each click.",
        look_ko="누를 때마다 둘째 지도 위에 나오는 답을 보세요.",
        seen="By itself it looks at the large heart and says black. Held on the blue heart it says blue, and on the "
        "yellow one yellow, though neither is large: the question chose the place, and the answer is what is seen "
        "there. On bare ground it says 0, which is no colour: it has never had to answer from there.",
        seen_ko="스스로는 큰 하트를 보고 black이라고 합니다. 파란 하트에 묶어 두면 blue, 노란 하트에 묶어 두면 "
        "yellow라고 합니다. 둘 다 큰 하트가 아닌데도 그렇습니다. 질문은 볼 곳을 골랐을 뿐이고, 답은 그곳에 보이는 "
        "것입니다. 빈 바닥에서는 색도 아닌 0이라고 합니다. 그런 곳만 보고 답해 본 적이 없기 때문입니다.",
    ),
    Observation(
        name="not-in-the-picture",
        part="vqa",
        minutes=1,
        tab="ask",
        settings={"picture": "scene-3", "question": "what colour is the square"},
        question="The picture has a heart, a star and a triangle, and no square. What will the network say to "
        "<q>what colour is the square</q>, and how sure will it be?",
        question_ko="그림에는 하트와 별과 삼각형이 있고 사각형은 없습니다. <q>what colour is the square</q>(‘사각형은 "
        "무슨 색인가요’)라고 물으면 뭐라고 하고 얼마나 확신할까요?",
        look="The first bar. Then ask <q>is there a square</q>.",
        look_ko="첫째 막대를 보세요. 그다음 <q>is there a square</q>(‘사각형이 있나요’)라고 물어보세요.",
        seen="It says red, with 99.9 %. In training every thing that was asked about was there, so nothing has taught "
        "it to refuse. A probability near 100 % says that a question looks like those of training, not that it makes "
        "sense. That there is no square it knows when it is asked just that.",
        seen_ko="red라고 하고 99.9 % 확신합니다. 학습할 때는 물어본 것이 늘 그림에 있었으니 거절하는 법을 배우지 "
        "못했습니다. 100 %에 가까운 확률은 질문이 학습한 것과 비슷하다는 뜻이지, 말이 되는 질문이라는 뜻이 아닙니다. "
        "사각형이 없다는 것은, 바로 그것을 물으면 압니다.",
    ),
)
