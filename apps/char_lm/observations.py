"""Guided observations on the character models; `tests/char_lm/test_observations.py` asks the shipped model."""

from apps.shared.observations import Observation

SHAKESPEARE = "char_lm/shakespeare"

OBSERVATIONS = (
    Observation(
        name="hello",
        part="language_model",
        minutes=4,
        tab="hello",
        settings={"rate": "0.1"},
        question="The network reads <q>hell</q> letter by letter and is to answer <q>ello</q>: <q>l</q> comes twice, "
        "and the answer is another one each time. Can it learn that? Which of the four answers will it learn last?",
        question_ko="신경망은 <q>hell</q>을 한 글자씩 읽고 <q>ello</q>라고 답해야 합니다. <q>l</q>은 두 번 "
        "들어오지만 정답이 매번 다릅니다. 이것을 배울 수 있을까요? 네 글자 가운데 가장 늦게 배우는 것은 무엇일까요?",
        look="The four curves, each the probability of the right letter. Whoever has trained before presses Start "
        "over first.",
        look_ko="네 곡선을 보세요. 단계마다 정답 글자의 확률입니다. 이미 학습시켰다면 먼저 ‘처음으로’를 누르세요.",
        seen="All four pass 90 %, also those after the two <q>l</q>: the input is the same, the hidden state is not. "
        "Last comes <q>e</q> after <q>h</q>: before training the network gave it 12.5 %, and <q>o</q> 84 %.",
        seen_ko="네 확률이 모두 90 %를 넘습니다. 두 <q>l</q>도 마찬가지입니다. 입력은 같아도 은닉 상태가 다르기 "
        "때문입니다. 가장 늦는 것은 <q>h</q> 다음의 <q>e</q>입니다. 학습 전에는 <q>e</q>가 12.5 %, <q>o</q>가 84 "
        "%였습니다.",
    ),
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
