"""Prompts and texts to start from, for each trained character model."""

# The first key that stands in the model's name counts; "" is for any other model.
PROMPTS = {
    "shakespeare": ["ROMEO:\n", "JULIET:\nO ", "To be, or not to be", "First Citizen:\nWe are "],
    "linux": ["static int ", "/*\n * ", "#include <linux/", "\tif (err"],
    "python": ["def ", "class ", "import ", "    for i in range("],
    "warpeace": ["Prince Andrew ", "“I ", "The old countess "],
    "korean": ["이 영화 ", "정말 ", "배우들의 연기가 ", "시간이 "],
    "": ["The ", "She said ", "이 영화 ", "오늘은 "],
}
TEXTS = {
    "shakespeare": [
        "To be, or not to be, that is the question.",
        "O Romeo, Romeo! wherefore art thou Romeo?\nO Rmoeo, Romeo! wherefore is my telephone?",
    ],
    "linux": [
        "\tif (err < 0)\n\t\treturn err;\n",
        "\tif (err < 0)\n\t\treturn a_nice_cup_of_tea;\n",
    ],
    "python": [
        "for i in range(10):\n    print(i)\n",
        "for i in orange(10):\n    paint(i)\n",
    ],
    "korean": [
        "정말 재미있는 영화였다. 배우들의 연기도 좋았다.",
        "정말 재미있는 냉장고였다. 감자들의 연기도 좋았다.",
    ],
    "": ["The quick brown fox jumps over the lazy dog.", "다람쥐 헌 쳇바퀴에 타고파."],
}


def prompts(model: str) -> list[str]:
    """Beginnings in the style of what the model was trained on."""
    return _for(model, PROMPTS)


def texts(model: str) -> list[str]:
    """Texts to be surprised by: one as trained on, one with something odd in it."""
    return _for(model, TEXTS)


def is_example(text: str) -> bool:
    """Whether a text is one of these, and not a visitor's own."""
    return any(text in given for table in (PROMPTS, TEXTS) for given in table.values())


def _for(model: str, table: dict[str, list[str]]) -> list[str]:
    return next(examples for key, examples in table.items() if key in model)
