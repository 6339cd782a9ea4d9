"""The page of the unrolled graph."""

from apps.shared.languages import label
from apps.shared.page import Look, Page

PAGE = Page(
    name="unroller",
    title=label("Unrolled graph", "펼친 그래프"),
    summary="The computational graph of a recurrent network, unrolled over time, with every number on it: values "
    "forward, gradients backward, and the sum over the copies of each weight.",
    summary_ko="순환 신경망의 계산 그래프를 시간 축으로 펼쳐 모든 숫자를 보여 줍니다. 순전파의 값과 역전파의 "
    "그래디언트, 그리고 가중치 사본마다의 그래디언트와 그 합을 볼 수 있습니다.",
    order=5,
    why="Begin here: four letters, three hidden numbers and one weight matrix that every step shares. Nothing is "
    "hidden: step through it forward and backward, then train it.",
    why_ko="여기서 시작하세요. 글자 네 개와 은닉 유닛 세 개, 그리고 모든 시점이 함께 쓰는 가중치 행렬이 전부입니다. "
    "순전파와 역전파를 한 단계씩 따라간 뒤 학습시켜 보세요.",
    patterns=("one_to_one", "one_to_many", "many_to_one", "many_to_many", "in_step"),
    space=Look("🧮", "A recurrent network unrolled, every number on it", "backpropagation"),
)
