"""What the kinds of captioners are called: by their attention, and by the way in which the picture enters."""

ATTENTIONS = {
    "soft": ("soft attention", "부드러운 주의"),
    "hard": ("hard attention", "딱딱한 주의"),
    "none": ("no attention", "주의 없음"),
}
INJECTIONS = {
    "h0": ("the picture is the first state", "사진이 첫 상태"),
    "first": ("the picture is the first word", "사진이 첫 낱말"),
    "per_step": ("the picture beside every word", "낱말마다 사진"),
    "merge": ("the picture joins at the end", "끝에서 사진을 합침"),
}
