"""Texts to try: one for each model, long enough for a search."""

from apps.shared.assets import asset

REVIEWS = """\
정말 재미있는 영화였다. 배우들의 연기가 좋았고 음악도 감동적이었다ㅠㅠ
시간이 아깝다. 지루하고 뻔한 이야기에 억지 눈물까지. 별로였음
ㅋㅋㅋㅋ 너무 웃겨서 배꼽 빠지는 줄 알았네 ㅋㅋㅋ
10점 만점에 10점! 두 번 봤는데 또 보고 싶다.
기대가 너무 컸나? 1편보다 훨씬 못하다... 실망
주인공이 왜 그랬는지 이해가 안 된다. 그래도 영상은 아름다웠다.
가족과 함께 보기 좋은 따뜻한 영화. 추천합니다!
이걸 돈 주고 봤다니 ㅋㅋ 최악의 졸작이다
잔잔하면서도 오래 남는 이야기. 마지막 장면에서 눈물이 났다.
초반은 지루한데 30분쯤 지나면 재밌어진다 ㅎㅎ
연출이 엉망이다. 배우가 아깝다는 말밖에...
평점 보고 갔는데 속았다. 알바가 너무 많다.
어릴 때 보고 20년 만에 다시 봤는데 여전히 최고의 명작!
소리만 크고 내용은 없다. 졸려서 혼났음
"""
ENGLISH_REVIEW = """\
I went to see this film because a friend had told me that it was "the best thing of the year", and I was not \
disappointed. The story is simple: two brothers (played by actors I had never seen before) drive 800 miles to sell \
their father's boat. Nothing much happens, and yet I was never bored. The dialogue is wonderful, the pictures are \
beautiful, and the ending is moving without being sentimental. Some people will say that it is slow. It is not \
slow; it takes its time. The music is excellent too. The only weak part is a silly scene in a hotel, about 40 \
minutes in, which adds nothing and is not funny at all. The same friend took me to see the sequel last week, and \
what a waste of an evening that was! Everything that made the first film great is gone. The brothers now shout at \
each other for two hours, the jokes are stupid, and the plot is a mess. There is a car chase (there is always a car \
chase) that looks cheap and goes on forever. I did not laugh once. The worst thing is the ending, which is so \
predictable that the man behind me said "here comes the dog" a full minute before the dog came. Avoid it, and watch \
the first one again.
"""
GERMAN = """\
Zwei junge Männer in blauen Hemden sitzen auf einer roten Bank. Eine Frau mit einem gelben Hut kauft Obst auf einem \
Markt. Ein kleiner Junge springt von einer hohen Mauer ins Wasser. Drei Kinder spielen mit einem schwarzen Hund im \
Schnee. Ein Mann in einer grünen Jacke fährt mit dem Fahrrad durch den Wald. Mehrere Leute warten vor einem weißen \
Haus auf den Bus. Eine alte Frau liest in einem Park eine Zeitung. Zwei Mädchen in rosa Kleidern tanzen auf einer \
Bühne. Ein Arbeiter mit einem orangen Helm steht auf einem Dach. Ein brauner Hund läuft mit einem Ball im Maul über \
eine Wiese. Eine Gruppe von Kindern malt mit blauer Farbe an eine Wand. Ein Mann spielt auf der Straße Gitarre.
"""
ENGLISH = """\
I lived with my uncle when I was young. Two dogs are playing in the snow. Could you turn off the light in the \
kitchen? She bought a red coat and three books yesterday. The meeting begins at ten o'clock, so please do not be \
late. My father has worked in a hospital for 20 years. What time does the next train leave? He said that he would \
call me again tomorrow. It is raining, but we are going to the park. Please open the window; it is too hot in here.
"""


def text(model: str) -> str:
    """The text that suits a model."""
    known = {
        "char_lm/python": lambda: asset("cells", "python.txt"),
        "char_lm/korean-reviews": lambda: REVIEWS,
        "sentiment/imdb": lambda: ENGLISH_REVIEW,
        "sentiment/nsmc": lambda: REVIEWS,
        "translation/de-en": lambda: GERMAN,
        "translation/en-ko": lambda: ENGLISH,
    }
    return known.get(model, lambda: asset("cells", "shakespeare.txt"))()


def is_example(given: str) -> bool:
    """Whether a text is one of these: a visitor's own stays when another model is chosen."""
    texts = (REVIEWS, ENGLISH_REVIEW, GERMAN, ENGLISH, asset("cells", "python.txt"), asset("cells", "shakespeare.txt"))
    return given.strip() in {one.strip() for one in texts} or not given.strip()


def hypothesis(model: str) -> str:
    """What is first looked for in a model."""
    known = {
        "char_lm/python": "comment_python",
        "char_lm/korean-reviews": "syllable_position",
        "sentiment/imdb": "polarity",
        "sentiment/nsmc": "polarity",
    }
    return known.get(model, "line_position")


PATTERNS = [[r"\bthe\b"], [r"[A-Z]+:"], [r"\d+"], [r"\([^)]*\)"], ["[ㅋㅎ]+"]]
