"""Guided observations on the sentiment models; `tests/sentiment/test_observations.py` asks the shipped models."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="word-order",
        part="many_to_one",
        minutes=4,
        tab="compare",
        settings={
            "model": "sentiment/nsmc",
            "a": "연기는 좋지만 지루하다.",
            "b": "지루하지만 연기는 좋다.",
            "colour": "evidence",
        },
        question="<q>연기는 좋지만 지루하다.</q> (the acting is good, but it is boring) and <q>지루하지만 연기는 "
        "좋다.</q> (it is boring, but the acting is good) say the same things in another order. Will the two "
        "verdicts differ?",
        question_ko="<q>연기는 좋지만 지루하다.</q>와 <q>지루하지만 연기는 좋다.</q>는 같은 말의 순서만 바꾼 "
        "문장입니다. 두 판정은 다를까요?",
        look="The verdicts of A and B, and the evidence under <q>좋지만</q> and <q>좋다</q>, both of them “good”.",
        look_ko="A와 B의 판정, 그리고 <q>좋지만</q>과 <q>좋다</q> 아래의 증거 값을 보세요.",
        seen="They are opposite: A is negative with 99 %, B positive with 81 %. As for people, what stands after "
        "<q>-지만</q> (but) decides: <q>좋지만</q> brings no evidence at all (−0.2), <q>좋다</q> at the end brings "
        "+1.1.",
        seen_ko="판정이 서로 반대입니다. A는 99 % 부정, B는 81 % 긍정입니다. 사람이 읽을 때처럼 <q>-지만</q> 뒤의 "
        "말이 판정을 정합니다. <q>좋지만</q>의 증거 값은 −0.2로 거의 없고, 끝에 온 <q>좋다</q>는 +1.1입니다.",
    ),
    Observation(
        name="negation",
        part="many_to_one",
        minutes=4,
        tab="compare",
        settings={
            "model": "sentiment/imdb",
            "a": "This is a good film.",
            "b": "This is not a good film.",
            "colour": "evidence",
        },
        question="<q>not</q> turns the meaning of <q>This is a good film.</q> round. Will it turn the verdict?",
        question_ko="<q>This is a good film.</q>에 <q>not</q>을 넣으면 뜻이 반대가 됩니다. 판정도 뒤집힐까요?",
        look="The evidence under <q>not</q> and <q>good</q> in B, and the line after each of the two.",
        look_ko="B에서 <q>not</q>과 <q>good</q> 아래의 증거 값, 그리고 두 낱말 뒤의 확률을 보세요.",
        seen="No: it falls from 99 % to 69 % and stays positive. After <q>not</q> the network believes in 2 % only, "
        "but then <q>good</q> pulls it up again: its evidence is halved, not turned round.",
        seen_ko="뒤집히지 않습니다. 긍정 확률이 99 %에서 69 %로 떨어질 뿐입니다. <q>not</q> 뒤에는 2 %까지 "
        "내려가지만 <q>good</q>이 다시 끌어올립니다. 증거 값이 절반으로 줄 뿐 부호가 바뀌지는 않습니다.",
    ),
    Observation(
        name="irony",
        part="many_to_one",
        minutes=3,
        tab="review",
        settings={
            "model": "sentiment/imdb",
            "text": "My favourite part was when the credits rolled.",
            "colour": "evidence",
        },
        question="<q>My favourite part was when the credits rolled.</q> People laugh and know that the film was bad. "
        "What will the network say, and which word will be to blame?",
        question_ko="<q>My favourite part was when the credits rolled.</q>(제일 좋았던 부분은 엔딩 크레디트였다) "
        "사람은 웃으며 나쁜 평임을 압니다. 신경망은 뭐라고 할까요? 어느 낱말 때문일까요?",
        look="The verdict, and the word with the most evidence.",
        look_ko="판정과, 증거 값이 가장 큰 낱말을 보세요.",
        seen="Positive, with 97 %. <q>favourite</q> alone brings nearly all of the evidence, and nothing after it "
        "takes it back: to see the joke one must know what credits are.",
        seen_ko="97 % 긍정이라고 합니다. <q>favourite</q> 하나가 증거의 대부분을 더하고, 그 뒤의 어떤 낱말도 "
        "되돌리지 못합니다. 이 농담을 알아들으려면 엔딩 크레디트가 무엇인지 알아야 합니다.",
    ),
)
