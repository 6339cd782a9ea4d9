"""What the kinds of captioners are called: by their attention, and by the way in which the picture enters."""

ATTENTIONS = {
    "soft": ("soft attention", "부드러운 주의"),
    "hard": ("hard attention", "딱딱한 주의"),
    "none": ("no attention", "주의 없음"),
}
INJECTIONS = {
    "h0": ("the picture is the first state", "사진을 초기 상태로"),
    "first": ("the picture is the first word", "사진을 첫 낱말로"),
    "per_step": ("the picture beside every word", "낱말마다 사진을 함께"),
    "merge": ("the picture joins at the end", "마지막에 사진을 결합"),
}
