"""Guided observations on the translators; `tests/translation/test_observations.py` asks the shipped models."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="one-state",
        part="sequence_to_sequence",
        minutes=4,
        tab="without",
        settings={
            "model": "translation/de-en",
            "text": "Drei Frauen tanzen auf einer Straße, während ein Mann Gitarre spielt.",
            "beam": "5",
        },
        question="<q>Drei Frauen tanzen auf einer Straße, während ein Mann Gitarre spielt.</q> (three women dance in "
        "a street while a man plays the guitar). Without attention one state must hold all of it. What will be lost, "
        "the beginning or the end?",
        question_ko="<q>Drei Frauen tanzen auf einer Straße, während ein Mann Gitarre spielt.</q>(세 여자가 길에서 "
        "춤추고 한 남자가 기타를 친다) 주의가 없으면 문장 전체를 상태 하나에 담아야 합니다. 앞과 뒤 가운데 어느 쪽을 "
        "잃을까요?",
        look="The two translations: who dances, and who plays the guitar?",
        look_ko="두 번역을 비교해 보세요. 누가 춤추고 누가 기타를 치나요?",
        seen="Neither: the pieces are still there, but nobody knows whose they are. Without attention the man is "
        "gone, and the three women play the guitar. With attention each part stays where it belongs.",
        seen_ko="어느 쪽도 아닙니다. 조각은 남아 있지만 누구의 것인지 잊었습니다. 주의가 없으면 남자가 사라지고 세 "
        "여자가 기타를 칩니다. 주의가 있으면 각 부분이 제자리를 지킵니다.",
    ),
    Observation(
        name="beam",
        part="sequence_to_sequence",
        minutes=4,
        tab="translate",
        settings={"model": "translation/en-ko", "text": "I lived with my uncle.", "beam": "5", "penalty": "1"},
        question="Greedy search takes the likeliest token at every step. Can the sentence that it ends with be less "
        "likely than one that began with a less likely token?",
        question_ko="그리디 탐색은 단계마다 확률이 가장 높은 토큰을 고릅니다. 그렇게 얻은 문장이, 확률이 더 낮은 "
        "토큰으로 시작한 문장보다 확률이 낮을 수 있을까요?",
        look="The first token of both cards, and their log p.",
        look_ko="두 카드의 첫 토큰과 log p를 보세요.",
        seen="Yes. Greedy begins with <q>나는</q> and has to end it somehow: no word of an uncle is left. The beam "
        "kept <q>저는</q> as well, and with it found <q>삼촌과 함께</q> (with my uncle), whose log p is higher as a "
        "whole.",
        seen_ko="그럴 수 있습니다. 그리디 탐색은 <q>나는</q>으로 시작했다가 삼촌을 놓칩니다. 빔은 <q>저는</q>으로 "
        "시작하는 후보도 남겨 두었다가 <q>삼촌과 함께</q>를 찾았고, 문장 전체의 log p가 더 높습니다.",
    ),
    Observation(
        name="verb-last",
        part="attention",
        minutes=4,
        tab="translate",
        settings={"model": "translation/en-ko", "text": "A woman is cutting an onion.", "beam": "5", "penalty": "1"},
        question="In <q>A woman is cutting an onion.</q> the verb comes before the onion, in Korean after it. Will "
        "the map of the attention be a diagonal?",
        question_ko="<q>A woman is cutting an onion.</q>에서 동사는 양파 앞에 있지만 한국어에서는 뒤에 옵니다. 주의 "
        "지도가 대각선일까요?",
        look="The rows of <q>양파</q> (onion) and <q>자르고</q> (cutting), and where each is darkest.",
        look_ko="<q>양파</q>와 <q>자르고</q>의 행에서 색이 가장 짙은 칸을 찾아보세요.",
        seen="No, the two cross: <q>양파</q> looks at <q>onion</q> with 85 %, and after it <q>자르고</q> goes back "
        "to <q>cutting</q> with 91 %. Nobody told the network of word order: it learnt where to look.",
        seen_ko="아닙니다. 두 행이 엇갈립니다. <q>양파</q>는 <q>onion</q>을 85 %, 그다음 <q>자르고</q>는 앞으로 "
        "돌아가 <q>cutting</q>을 91 % 봅니다. 어순을 가르쳐 준 적은 없습니다. 어디를 볼지 스스로 배웠습니다.",
    ),
    Observation(
        name="look-elsewhere",
        part="attention",
        minutes=4,
        tab="steer",
        settings={
            "model": "translation/en-ko",
            "text": "A woman is cutting an onion.",
            "at": "1",
            "position": "3",
        },
        question="While it writes <q>양파</q> (onion), the network looks at <q>onion</q>. Now it is made to look at "
        "<q>cutting</q> only, for this one token. What will become of the sentence?",
        question_ko="신경망은 <q>양파</q>를 쓸 때 <q>onion</q>을 봅니다. 그 토큰을 쓸 때만 <q>cutting</q>을 보게 "
        "하면 문장이 어떻게 될까요?",
        look="The sentence as it was and as it is now, and the row in which the attention was set.",
        look_ko="원래 문장과 바뀐 문장, 그리고 주의를 바꾼 행을 보세요.",
        seen="The onion is gone: <q>여자가 자르고 있다.</q> (a woman is cutting). It wrote at once what it was made "
        "to look at, and never came back. Attention is no picture of the decision made afterwards: it is part of the "
        "decision.",
        seen_ko="양파가 사라져 <q>여자가 자르고 있다.</q>가 됩니다. 보게 한 낱말을 곧바로 쓰고 돌아오지 않았습니다. "
        "주의는 나중에 그린 설명이 아니라 판단의 일부입니다.",
    ),
)
