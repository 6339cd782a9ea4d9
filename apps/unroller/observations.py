"""Guided observations on the unrolled graph; `tests/unroller/test_observations.py` asks the library."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="copies",
        part="graph",
        minutes=3,
        tab="graph",
        settings={"wiring": "aligned", "cell": "vanilla", "reads": "hell", "writes": "ello", "seed": "0"},
        question="Every step reads a copy of the same W<sub>hh</sub>, and each copy has a gradient. Which of the 4 "
        "copies has gradient 0, whatever the weights are? And is the norm of their sum the sum of their norms?",
        question_ko="모든 시점은 같은 W<sub>hh</sub>의 사본을 읽고, 사본마다 그래디언트가 있습니다. 가중치와 상관없이 "
        "그래디언트가 0인 것은 4개 가운데 어느 사본일까요? 합의 노름은 노름들의 합과 같을까요?",
        look="The row W<sub>hh</sub> of the table below the graph.",
        look_ko="그래프 아래 표의 W<sub>hh</sub> 행을 보세요.",
        seen="The first: it is multiplied with h<sub>0</sub> = 0. The others have 6.168, 2.245 and 0.369. The gradient "
        "of the shared weight is their sum; its norm is 7.289, and not 8.782: the copies pull in different directions.",
        seen_ko="첫 번째 사본입니다. h<sub>0</sub> = 0과 곱해지기 때문입니다. 나머지는 6.168, 2.245, 0.369입니다. 공유 "
        "가중치의 그래디언트는 이들의 합이고, 그 노름은 8.782가 아니라 7.289입니다. 사본마다 당기는 방향이 다르기 "
        "때문입니다.",
    ),
    Observation(
        name="hello",
        part="graph",
        minutes=3,
        tab="graph",
        settings={"rate": "0.025", "steps": "150"},
        question="The network reads <q>hell</q> letter by letter and is to answer <q>ello</q>: <q>l</q> comes twice, "
        "and the answer is another one each time. Can it learn that? Which of the four answers will it learn last?",
        question_ko="신경망은 <q>hell</q>을 한 글자씩 읽고 <q>ello</q>라고 답해야 합니다. <q>l</q>은 두 번 "
        "들어오지만 정답이 매번 다릅니다. 이것을 배울 수 있을까요? 네 글자 가운데 가장 늦게 배우는 것은 무엇일까요?",
        look="The top row of the graph, P of each right letter, and the four curves below the graph. Whoever has "
        "trained before presses Start over first.",
        look_ko="그래프 맨 윗줄의 P(정답 글자의 확률)와 그래프 아래의 네 곡선을 보세요. 이미 학습시켰다면 먼저 "
        "‘처음으로’를 누르세요.",
        seen="All four pass 90 %, also those after the two <q>l</q>: the input is the same, the hidden state is not. "
        "Last comes <q>e</q> after <q>h</q>: before training the network gave it 12.5 %, and <q>o</q> 84 %.",
        seen_ko="네 확률이 모두 90 %를 넘습니다. 두 <q>l</q>도 마찬가지입니다. 입력은 같아도 은닉 상태가 다르기 "
        "때문입니다. 가장 늦는 것은 <q>h</q> 다음의 <q>e</q>입니다. 학습 전에는 <q>e</q>가 12.5 %, <q>o</q>가 84 "
        "%였습니다.",
    ),
    Observation(
        name="markov",
        part="graph",
        minutes=3,
        tab="graph",
        settings={"markov": "1", "rate": "0.025", "steps": "150"},
        question="The same network and the same training, but every step begins from h = 0: it sees one letter and "
        "nothing before it. Which of the four answers can it still learn? What happens at the two <q>l</q>?",
        question_ko="같은 신경망을 같은 방법으로 학습하지만 모든 시점이 h = 0에서 시작합니다. 글자 하나만 보고 그 "
        "앞은 보지 못합니다. 네 답 가운데 무엇을 여전히 배울 수 있을까요? 두 <q>l</q>에서는 어떻게 될까요?",
        look="The top row of the graph, and the four curves below it. Whoever has trained before presses Start over "
        "first.",
        look_ko="그래프 맨 윗줄과 그래프 아래의 네 곡선을 보세요. 이미 학습시켰다면 먼저 ‘처음으로’를 누르세요.",
        seen="<q>e</q> and the first <q>l</q> are learnt. After <q>l</q> two answers are right, and both stay below 50 "
        "%: without a state the two places are one and the same.",
        seen_ko="<q>e</q>와 첫 <q>l</q>은 배웁니다. <q>l</q> 다음에는 정답이 두 가지라서 둘 다 50 %를 넘지 못합니다. "
        "상태가 없으면 두 자리를 구별할 수 없습니다.",
    ),
    Observation(
        name="cut",
        part="graph",
        minutes=3,
        tab="graph",
        settings={"wiring": "many_to_one", "reads": "hellhell", "writes": "o", "cut": "4"},
        question="Only the last of 8 steps has a loss, and the gradient is cut after step 4. Does the answer change "
        "when you take the cut away (0)? How large is the gradient of the first copy of W<sub>xh</sub> then, "
        "compared with the last?",
        question_ko="시점 8개 가운데 마지막에만 손실이 있고, 그래디언트는 4번째 시점 뒤에서 잘립니다. 절단을 없애면(0) "
        "답이 바뀔까요? 그때 W<sub>xh</sub>의 첫 사본의 그래디언트는 마지막 사본에 비해 얼마나 클까요?",
        look="The loss, and the row W<sub>xh</sub> of the table; then set the cut to 0.",
        look_ko="손실과 표의 W<sub>xh</sub> 행을 보고, 절단 시점을 0으로 바꿔 보세요.",
        seen="The loss stays 0.1679: the state crosses the cut, only the gradient does not, so the copies up to the "
        "cut get exactly 0. Without the cut the first gets 0.002 and the last 0.348: the gradient has nearly vanished "
        "on its way back by itself.",
        seen_ko="손실은 0.1679 그대로입니다. 상태는 절단을 넘어가고 그래디언트만 막히므로, 절단까지의 사본은 "
        "그래디언트가 정확히 0입니다. 절단이 없으면 첫 사본은 0.002, 마지막 사본은 0.348입니다. 그래디언트는 거슬러 "
        "오는 동안 저절로 거의 사라집니다.",
    ),
)
