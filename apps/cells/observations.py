"""Guided observations on cells; `tests/cells/test_observations.py` asks the shipped models."""

from apps.shared.observations import Observation

SHAKESPEARE = "char_lm/shakespeare"

OBSERVATIONS = (
    Observation(
        name="line-cell",
        part="language_model",
        minutes=3,
        tab="search",
        settings={"model": SHAKESPEARE, "hypothesis": "line_position"},
        question="Nobody told this network that lines have a length. Does one of its 1,024 units count the characters "
        "of a line? And would an untrained network of the same size seem to count them, too?",
        question_ko="줄에 길이가 있다는 것을 이 신경망에 알려 준 사람은 없습니다. 유닛 1,024개 가운데 줄의 글자 수를 "
        "세는 "
        "것이 있을까요? 학습하지 않은 같은 크기의 신경망에도 세는 듯한 유닛이 있을까요?",
        look="The first bar and the two lines across it, then the colours along a line of the text.",
        look_ko="첫째 막대와 그 위의 두 선을 보고, 글에서 한 줄을 따라 색이 어떻게 바뀌는지 보세요.",
        seen="One cell of the upper layer grows along each line and falls back at the line break: a correlation of "
        "0.89. "
        "The untrained network reaches 0.69: much of what looks like counting is there before anything was learnt.",
        seen_ko="위층의 셀 하나가 줄을 따라 커지다가 줄이 바뀌면 떨어집니다. 상관계수가 0.89입니다. 학습하지 않은 "
        "신경망도 0.69이니, 세는 것처럼 보이는 것의 많은 부분은 배우기 전부터 있습니다.",
    ),
    Observation(
        name="without-the-cell",
        part="language_model",
        minutes=2,
        tab="ablation",
        settings={"model": SHAKESPEARE, "unit": "layer_1 c[6]", "hypothesis": "speaker"},
        question="This unit tells the lines that name a speaker from all others, almost without a mistake. It is now "
        "set to 0 at every step. How much worse will the network write names?",
        question_ko="이 유닛은 등장인물 이름이 있는 줄을 다른 줄과 거의 실수 없이 구별합니다. 이제 단계마다 0으로 "
        "만듭니다. 신경망이 이름을 얼마나 더 못 맞히게 될까요?",
        look="The last column: the difference of the losses where the hypothesis holds, and elsewhere.",
        look_ko="마지막 열을 보세요. 가설이 맞는 곳과 그 밖의 곳에서 손실의 차이입니다.",
        seen="Hardly at all: less than 0.02 nats a character. Other units know it too. That a cell follows something "
        "does "
        "not prove that the network needs this cell for it.",
        seen_ko="거의 달라지지 않습니다. 글자당 0.02내트도 되지 않습니다. 다른 유닛들도 알고 있기 때문입니다. 셀이 "
        "무언가를 따라간다고 해서 신경망에 그 셀이 꼭 필요한 것은 아닙니다.",
    ),
    Observation(
        name="names-elsewhere",
        part="language_model",
        minutes=2,
        tab="stretch",
        settings={"model": SHAKESPEARE, "first": "1", "last": "11"},
        question="The stretch is <q>PETRUCHIO:</q> and its line break. The units that are on in it were not asked "
        "about "
        "names. Where else in the text will the same ones be on?",
        question_ko="구간은 <q>PETRUCHIO:</q>와 줄바꿈입니다. 여기서 켜지는 유닛은 이름과 관계없이 골랐습니다. 같은 "
        "유닛들이 글의 어디에서 또 켜질까요?",
        look="The list of other stretches: what is marked in each?",
        look_ko="다른 구간의 목록에서 무엇이 표시되어 있는지 보세요.",
        seen="All of the listed ones hold the name of a speaker: not this name, but any, BAPTISTA and GREMIO, too. "
        "Together the units stand for the kind of line.",
        seen_ko="목록의 모든 구간에 등장인물 이름이 있습니다. 이 이름만이 아니라 BAPTISTA와 GREMIO도 있습니다. "
        "유닛들이 "
        "함께 줄의 종류를 나타냅니다.",
    ),
)
