"""The page of gradients: how they flow through time, how they are clipped, and two cells that race."""

from apps.shared.languages import label
from apps.shared.page import Look, Page

PAGE = Page(
    name="gradients",
    title=label("Gradients", "그래디언트"),
    summary="See a gradient vanish or explode on its way back through time in a vanilla RNN, an LSTM, a GRU and 21 "
    "other cells, clip it, and let two cells race to learn a long memory.",
    summary_ko="그래디언트가 시간을 거슬러 가며 소실되거나 폭발하는 모습을 기본 RNN, LSTM, GRU와 다른 셀 21가지로 "
    "비교하고, 클리핑해 보고, 두 셀이 긴 기억을 배우는 경주를 볼 수 있습니다.",
    order=50,
    why="Why an LSTM at all? The models of the pages before have gates; here you see what becomes of the gradient "
    "without them.",
    why_ko="왜 LSTM일까요? 앞 화면의 모델에는 게이트가 있습니다. 게이트가 없으면 그래디언트가 어떻게 되는지 여기서 "
    "봅니다.",
    patterns=("many_to_one",),
    space=Look("📉", "Watch gradients vanish, explode, and be clipped", "gradient-flow"),
    visitors=2,
)
