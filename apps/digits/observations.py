"""Guided observations on the readers of digits; `tests/digits/test_observations.py` asks the shipped models."""

from apps.shared.observations import Observation

OBSERVATIONS = (
    Observation(
        name="row-by-row",
        part="non_sequences",
        minutes=3,
        tab="read",
        settings={"digit": "three"},
        question="This 3 is read row by row, from the top; 20 of the 28 rows have ink. After how many rows will the "
        "network say 3 and stay with it? And which other digit does it think of before?",
        question_ko="이 3을 위에서부터 한 줄씩 읽습니다. 28줄 가운데 20줄에 잉크가 있습니다. 몇 줄을 읽은 "
        "뒤부터 3이라고 하고 그대로 있을까요? 그 전에는 어떤 숫자를 떠올릴까요?",
        look="The map of the reader row by row: which cells are dark in the columns 5 to 13?",
        look_ko="한 줄씩 읽는 신경망의 지도에서 5번째부터 13번째 열까지 어느 칸이 진한지 보세요.",
        seen="From row 11 on it says 3; at row 10 it still has 62 % for 2. Both begin with the same arc. Until the pen "
        "turns to the middle of the 3, nothing tells them apart; after row 15 it has 99 % for 3, with half of the ink "
        "unread.",
        seen_ko="11번째 줄부터 3이라고 합니다. 10번째 줄에서는 아직 2의 확률이 62 %입니다. 2와 3은 똑같이 둥근 획으로 "
        "시작해서, 획이 3의 가운데로 꺾이기 전에는 둘을 구별할 것이 없습니다. 15번째 줄 뒤에는 잉크의 절반을 "
        "읽지 않고도 3의 확률이 99 %입니다.",
    ),
    Observation(
        name="no-digit",
        part="non_sequences",
        minutes=3,
        tab="read",
        settings={"digit": "letter-a"},
        question="This is no digit but a letter: <q>A</q>. What will the networks say, and how sure will they be?",
        question_ko="이것은 숫자가 아니라 글자 <q>A</q>입니다. 신경망들은 뭐라고 답하고 얼마나 확신할까요?",
        look="The answers with their probabilities. Then play the reader row by row.",
        look_ko="답과 그 확률을 보세요. 그다음 한 줄씩 읽는 신경망을 재생해 보세요.",
        seen="Row by row it is a 4 with 99 %, all at once a 2 with 74 %. Neither can answer that it is none: the "
        "softmax shares 100 % among the ten. Played, one sees why: a 1 while there is only the tip, a 0 at rows 12 "
        "to 15, where the sides part, and a 4 as soon as the bar comes.",
        seen_ko="한 줄씩 읽으면 4이고 99 %, 한 번에 읽으면 2이고 74 %입니다. 소프트맥스가 열 숫자에 100 %를 "
        "나누어 주므로 숫자가 아니라고 답할 수는 없습니다. 재생해 보면 이유가 보입니다. 꼭대기만 있을 때는 1, "
        "양쪽이 벌어지는 12~15번째 줄에서는 0, 가로획이 나오자 4입니다.",
    ),
    Observation(
        name="shift-down",
        part="non_sequences",
        minutes=4,
        tab="harder",
        settings={"digit": "nine", "kind": "down", "seed": "1"},
        question="This 9 moves down, up to 9 pixels, until a part of it is cut off. The network that reads row by row "
        "and the one that gets all at once were both trained with shifts of at most 2 pixels. Which of the two bears "
        "more?",
        question_ko="이 9가 아래로 9픽셀까지 내려가 일부가 잘립니다. 한 줄씩 읽는 신경망과 한 번에 받는 신경망 모두 "
        "최대 2픽셀까지 옮긴 그림으로 학습했습니다. 둘 가운데 어느 쪽이 더 잘 버틸까요?",
        look="The lines of these two readers, and the last column. Then choose the shift to the right.",
        look_ko="두 신경망의 행과 마지막 열을 보세요. 그다음 오른쪽으로 이동을 골라 보세요.",
        seen="Row by row it is never wrong; all at once it is from 6 pixels on. To the recurrent network a shift down "
        "is only a delay: the same weights read every row. A shift to the right is none, and it fails at 8 pixels.",
        seen_ko="한 줄씩 읽으면 한 번도 틀리지 않고, 한 번에 받으면 6픽셀부터 틀립니다. 순환 신경망에게 아래로 이동은 "
        "늦게 시작하는 것일 뿐입니다. 모든 줄을 같은 가중치로 읽기 때문입니다. 오른쪽으로 이동은 그렇지 않아 "
        "8픽셀에서 틀립니다.",
    ),
    Observation(
        name="empty-corner",
        part="non_sequences",
        minutes=3,
        tab="glimpses",
        settings={"digit": "mnist-659", "places": "-;-1,-1;-1,-1;-1,-1;-1,-1;-1,-1"},
        question="This is a 2. The first of 6 glimpses is in the middle; the other 5 are forced into the empty upper "
        "left corner. What will the network say, and will it become less and less sure?",
        question_ko="이 숫자는 2입니다. 글림프스 6번 가운데 첫 번째는 가운데를 보고, 나머지 5번은 왼쪽 위의 빈 "
        "구석만 보게 합니다. 뭐라고 답할까요? 점점 자신이 없어질까요?",
        look="The two answers, and the map: how the row of the answer goes on while there is nothing to see.",
        look_ko="두 답을 비교하고, 아무것도 보이지 않는 동안 지도에서 답의 행이 어떻게 이어지는지 보세요.",
        seen="With its own places it says 2 with 99.9 %; in the corner 7, and surer at the end (95 %) than after the "
        "first glimpse (79 %). An empty glimpse is an input like any other: it does not stop the state from changing.",
        seen_ko="스스로 고른 자리에서는 2이고 99.9 %입니다. 구석만 보면 7이고, 첫 글림프스 뒤(79 %)보다 끝에서 더 "
        "확신합니다(95 %). 빈 글림프스도 하나의 입력이라 상태는 계속 바뀝니다.",
    ),
)
