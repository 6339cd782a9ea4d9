"""Guided observations on the character models; `tests/char_lm/test_observations.py` asks the shipped model."""

from apps.shared.observations import Observation

SHAKESPEARE = "char_lm/shakespeare"

OBSERVATIONS = (
    Observation(
        name="argmax",
        part="language_model",
        minutes=3,
        tab="write",
        settings={
            "model": SHAKESPEARE,
            "prompt": "ROMEO:\n",
            "length": "400",
            "temperature": "0.8",
            "top_k": "0",
            "top_p": "1",
            "seed": "1",
            "pace": "Full speed",
            "argmax": "1",
        },
        question="One text draws each character by its probability, the other takes the likeliest every time "
        "(argmax). Which of the two will look more like a play after 400 characters?",
        question_ko="한쪽은 글자를 확률에 따라 뽑고, 다른 쪽은 늘 확률이 가장 높은 글자를 고릅니다(argmax). "
        "400글자를 쓰면 어느 쪽이 더 희곡답게 보일까요?",
        look="Read the argmax text to its end. Where does it begin to say the same again?",
        look_ko="argmax로 쓴 글을 끝까지 읽어 보세요. 어디서부터 같은 말을 되풀이하나요?",
        seen="Argmax goes round in circles: <q>I will not see the sea of the prince of the sea</q> comes back word "
        "for word. As soon as a state is nearly the one of before, all that followed it follows again. Drawing "
        "leaves the circle, at the price of words that do not exist.",
        seen_ko="argmax는 제자리를 맴돕니다. <q>I will not see the sea of the prince of the sea</q>가 그대로 다시 "
        "나옵니다. 상태가 앞서 지나온 상태와 거의 같아지면 그 뒤도 똑같이 이어지기 때문입니다. 확률에 따라 뽑으면 이 "
        "고리에서 벗어나지만, 없는 낱말도 만들어 냅니다.",
    ),
    Observation(
        name="temperature",
        part="language_model",
        minutes=3,
        tab="write",
        settings={
            "model": SHAKESPEARE,
            "prompt": "ROMEO:\n",
            "length": "200",
            "temperature": "2",
            "top_k": "0",
            "top_p": "1",
            "seed": "1",
            "pace": "Full speed",
            "argmax": "1",
        },
        question="Before softmax the logits are divided by the temperature. Which of the two texts changes when it "
        "goes from 0.8 to 2, and how?",
        question_ko="소프트맥스 전에 로짓을 온도로 나눕니다. 온도를 0.8에서 2로 올리면 두 글 가운데 어느 쪽이 어떻게 "
        "바뀔까요?",
        look="Read both; then set the temperature back to 0.8 and write again.",
        look_ko="두 글을 읽은 뒤 온도를 0.8로 되돌려 다시 써 보세요.",
        seen="The argmax text stays as it was: the largest logit is still the largest after a division. The drawn one "
        "falls apart, <q>Lete assait3 sfeet Aumille</q>: unlikely characters are drawn far more often, and each one "
        "leads where the model has never been.",
        seen_ko="argmax로 쓴 글은 그대로입니다. 나누어도 가장 큰 로짓은 여전히 가장 크기 때문입니다. 뽑아서 쓴 글은 "
        "<q>Lete assait3 sfeet Aumille</q>처럼 무너집니다. 확률이 낮은 글자가 훨씬 자주 뽑히고, 그때마다 모델이 본 "
        "적 없는 곳으로 갑니다.",
    ),
    Observation(
        name="typing-error",
        part="language_model",
        minutes=3,
        tab="surprise",
        settings={"model": SHAKESPEARE, "text": "O Romeo, Rmoeo! wherefore art thou Romeo?"},
        question="In <q>O Romeo, Rmoeo! wherefore art thou Romeo?</q> two letters have changed places. At which "
        "character will the model be most surprised? Will it still be surprised at the end of the sentence?",
        question_ko="<q>O Romeo, Rmoeo! wherefore art thou Romeo?</q>에는 두 글자의 순서가 바뀐 오타가 있습니다. "
        "모델은 어느 글자에서 가장 놀랄까요? 문장 끝까지 계속 놀랄까요?",
        look="The colours after the error, and the table of the most surprising characters.",
        look_ko="오타 뒤의 색과 ‘가장 뜻밖의 글자’ 표를 보세요.",
        seen="At the <q>m</q> after <q>R</q>, with 12.2 nats. The rest of that word costs 3 to 7 nats a character; "
        "from <q>wherefore</q> on the model reads as if nothing had happened, and in the last <q>Romeo</q> only the "
        "<q>R</q> surprises it.",
        seen_ko="<q>R</q> 다음의 <q>m</q>에서 12.2 nats로 가장 놀랍니다. 그 낱말의 나머지 글자도 3~7 nats입니다. "
        "하지만 <q>wherefore</q>부터는 아무 일 없었던 듯이 읽고, 마지막 <q>Romeo</q>에서는 <q>R</q>에서만 놀랍니다.",
    ),
)
