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
        # Names that it never read come again and again: who learns while reading gains.
        "KASPARIX:\nGood Velmundo, where is Ozrabel to-night?\n\n"
        "VELMUNDO:\nOzrabel, my lord Kasparix, is gone to sea.\n\n"
        "KASPARIX:\nTo sea! And who shall keep the keys of Quilthorne?\n\n"
        "VELMUNDO:\nOzrabel did give the keys of Quilthorne to me.\n\n"
        "KASPARIX:\nThen, good Velmundo, keep them well from Ozrabel.\n\n"
        "VELMUNDO:\nI will, Kasparix; Quilthorne is safe with me.\n\n"
        "KASPARIX:\nFarewell, Velmundo; to Quilthorne I will go.\n\n"
        "VELMUNDO:\nFarewell, my lord Kasparix; beware of Ozrabel.\n",
        # Nothing comes again: there is nothing to gain.
        "Once more the morning breaks upon the hill,\nAnd every bird that sleeps begins to sing;\n"
        "The river turns the old and patient mill,\nA shepherd boy goes out to meet the spring.\n"
        "His mother stands and watches at the door,\nShe lifts her hand against the early light,\n"
        "And thinks of one who went like this before,\nAnd did not come again at fall of night.\n",
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
        "곽덕배 감독의 영화는 처음이다. 곽덕배 감독이 누구인지 몰랐는데 이제는 안다. 곽덕배 감독의 영화는 다 봐야겠다. "
        "주인공 팔봉이가 울 때 나도 울었다. 팔봉이가 웃을 때 나도 웃었다. 팔봉이 역을 맡은 배우의 연기가 정말 좋았다. "
        "곽덕배 감독과 팔봉이, 잊지 못할 것 같다. 다음 영화에서도 팔봉이를 보고 싶다.",
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
