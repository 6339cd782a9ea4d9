"""Guided observations on gradients; `tests/gradients/test_observations.py` computes what they say."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="saturation",
        part="gradient_flow",
        minutes=4,
        tab="flow",
        settings={
            "steps": "100",
            "gain": "1.1",
            "scale": "1",
            "forget": "1",
            "activation": "tanh",
            "seed": "1",
        },
        question="U makes every vector 1.1 times as long. On the way from t = 100 back to t = 1 that is 12,528 "
        "times. Will the gradient of the vanilla RNN explode?",
        question_ko="U는 모든 벡터를 1.1배로 늘립니다. t = 100에서 t = 1까지 돌아가면 12,528배입니다. 기본 RNN의 "
        "그래디언트는 폭발할까요?",
        look="The solid and the dashed line of the vanilla RNN. Then set the scale of the input to 0.",
        look_ko="기본 RNN의 실선과 파선을 보세요. 그다음 입력의 크기를 0으로 바꿔 보세요.",
        seen="No, it vanishes: less than 1 in 10,000,000,000 is left. At each step the gradient is also multiplied "
        "by 1 − h², and with inputs of this size tanh is nearly flat. Without input h stays 0, and the line is its "
        "bound: now it does explode.",
        seen_ko="아니요, 소실됩니다. 10,000,000,000분의 1도 남지 않습니다. 그래디언트에는 단계마다 1 − h²도 "
        "곱해지는데, 입력이 이 정도 크기이면 tanh가 거의 평평합니다. 입력이 없으면 h가 0이라 실선이 상한과 겹치고, "
        "이때는 정말 폭발합니다.",
    ),
    Observation(
        name="forget-bias",
        part="gradient_flow",
        minutes=4,
        tab="flow",
        settings={
            "steps": "100",
            "gain": "1",
            "scale": "1",
            "forget": "5",
            "activation": "tanh",
            "seed": "1",
        },
        question="With the forget bias 1 hardly anything gets through 100 steps of the LSTM: Π f at t = 1 is below "
        "0.000001. Here the bias is 5. How much gets through now: a thousandth, a tenth, or most of it?",
        question_ko="망각 편향이 1이면 LSTM의 100단계를 지나 남는 것이 거의 없습니다. t = 1에서 Π f는 0.000001보다 "
        "작습니다. 여기서는 편향이 5입니다. 얼마나 남을까요? 천 분의 일, 십 분의 일, 아니면 대부분일까요?",
        look="The dashed lines of LSTM and GRU. Then move the forget bias to 1.",
        look_ko="LSTM과 GRU의 파선을 보세요. 그다음 망각 편향을 1로 옮겨 보세요.",
        seen="Most of it: Π f is 0.678 at t = 1. A gate of σ(5) = 0.993 has lost half of its state only after 103 "
        "steps. So an LSTM that is to remember long begins with a large forget bias.",
        seen_ko="대부분 남습니다. t = 1에서 Π f는 0.678입니다. σ(5) = 0.993인 게이트는 103단계가 지나야 상태의 "
        "절반을 잃습니다. 그래서 오래 기억해야 하는 LSTM은 큰 망각 편향으로 시작합니다.",
    ),
    Observation(
        name="clipping",
        part="gradient_flow",
        minutes=4,
        tab="clip",
        settings={
            "steps": "60",
            "length": "30",
            "gain": "1.5",
            "rate": "0.1",
            "norm": "1",
            "value": "0.1",
            "seed": "2",
        },
        question="Three trainings of one network, with the same weights and sequences. Which of them will explode? "
        "And which clipping changes the direction of the step: by norm, or by value?",
        question_ko="같은 가중치와 시퀀스로 한 신경망을 세 번 학습합니다. 어느 것이 폭발할까요? 그리고 노름 클리핑과 "
        "값 클리핑 가운데 어느 쪽이 걸음의 방향을 바꿀까요?",
        look="The line without clipping, and in the table by how much the steps were turned.",
        look_ko="클리핑하지 않은 선과, 표에서 걸음이 꺾인 각도를 보세요.",
        seen="Without clipping the loss grows without end; both clippings keep it below 2. By norm no step is "
        "turned, by value the mean is 20.6°: each number is cut by itself. By hand: (3, 4, 0.1) cut to 1 is turned "
        "by 8.6°.",
        seen_ko="클리핑하지 않으면 손실이 끝없이 커지고, 두 클리핑은 모두 2보다 작게 유지합니다. 노름 클리핑은 "
        "걸음을 전혀 꺾지 않고, 값 클리핑은 평균 20.6° 꺾습니다. 수를 하나씩 자르기 때문입니다. 직접 해 보면 (3, 4, "
        "0.1)을 1로 자를 때 8.6° 꺾입니다.",
    ),
    Observation(
        name="long-memory",
        part="gradient_flow",
        minutes=4,
        tab="race",
        settings={
            "task": "adding",
            "length": "50",
            "cell": "vanilla",
            "against": "gru",
            "rate": "0.01",
            "steps": "400",
            "seed": "1",
        },
        question="Both networks are to add two numbers that were marked among 50. Who says 1 every time has the loss "
        "1/6. Which of the two gets below that line, and will it go slowly or all at once?",
        question_ko="두 신경망은 수 50개 가운데 표시된 둘을 더해야 합니다. 늘 1이라고 답하면 손실이 1/6입니다. 어느 "
        "쪽이 이 선보다 내려갈까요? 천천히 내려갈까요, 한꺼번에 내려갈까요?",
        look="The dashed line, and when each of the curves leaves it.",
        look_ko="파선을 보고, 두 곡선이 언제 파선에서 떨어지는지 보세요.",
        seen="Both reach the line soon: saying 1 is learnt without any memory. The GRU stays there for a while and "
        "then falls; the vanilla RNN stays. What the marked number did to the loss does not reach back to it.",
        seen_ko="둘 다 금방 파선에 닿습니다. 1이라고 답하는 데는 기억이 필요 없습니다. GRU는 한동안 머물다가 뚝 "
        "떨어지고, 기본 RNN은 그대로 머뭅니다. 표시된 수가 손실에 준 영향이 그 수까지 거슬러 가지 못하기 때문입니다.",
    ),
)
