"""Sentences to try on the translators, with what people say for them, and why some are hard.

What a model makes of them stands nowhere here: the page asks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """The same sentence in several languages, as people put it; and, if it is hard, what is hard about it.

    Attributes:
        texts: language ("en", "de", "ko") to sentence.
        kind: English and Korean, "" if nothing is hard.
        why, why_ko: one line.
    """

    texts: Mapping[str, str] = field(hash=False)
    kind: str = ""
    why: str = ""
    why_ko: str = ""


def _example(en: str, de: str, ko: str, kind: str = "", why: str = "", why_ko: str = "") -> Example:
    return Example({"en": en, "de": de, "ko": ko}, kind, why, why_ko)


EASY = (
    _example("I lived with my uncle.", "Ich habe bei meinem Onkel gewohnt.", "나는 삼촌과 함께 살았다."),
    _example("Where is the nearest station?", "Wo ist der nächste Bahnhof?", "가장 가까운 역이 어디예요?"),
    _example(
        "A man in a blue shirt is standing on a ladder.",
        "Ein Mann in einem blauen Hemd steht auf einer Leiter.",
        "파란 셔츠를 입은 남자가 사다리 위에 서 있다.",
    ),
    _example("Two dogs are playing in the snow.", "Zwei Hunde spielen im Schnee.", "개 두 마리가 눈 속에서 놀고 있다."),
    _example(
        "It is raining. Take an umbrella with you.",
        "Es regnet. Nimm einen Regenschirm mit.",
        "비가 온다. 우산을 가져가라.",
    ),
)
HARD = (
    _example(
        "The old man who sells flowers at the corner told the children that the dog which had followed them home "
        "yesterday belonged to a woman who had moved away when the school was closed.",
        "Der alte Mann, der an der Ecke Blumen verkauft, erzählte den Kindern, dass der Hund, der ihnen gestern nach "
        "Hause gefolgt war, einer Frau gehörte, die weggezogen war, als die Schule geschlossen wurde.",
        "모퉁이에서 꽃을 파는 노인은 어제 집까지 따라온 개가 학교가 문을 닫을 때 이사 간 여자의 개라고 아이들에게 "
        "말해 주었다.",
        "long · 긴 문장",
        "Who did what is spread over four clauses; in Korean nearly all of them come in another order.",
        "누가 무엇을 했는지가 네 절에 흩어져 있고, 한국어에서는 순서가 거의 다 바뀝니다.",
    ),
    _example(
        "A cat, a dog, a horse, a cow, a pig, a goat and a goose live on the farm.",
        "Auf dem Bauernhof leben eine Katze, ein Hund, ein Pferd, eine Kuh, ein Schwein, eine Ziege und eine Gans.",
        "농장에는 고양이, 개, 말, 소, 돼지, 염소, 거위가 산다.",
        "list · 나열",
        "Each name once and none twice: the attention must keep track of where it has been.",
        "하나씩, 겹치지 않게 옮겨야 합니다. 주의가 어디까지 왔는지 잊으면 빠뜨리거나 되풀이합니다.",
    ),
    _example(
        "The axolotl regrows its amputated limbs.",
        "Der Axolotl lässt seine amputierten Gliedmaßen nachwachsen.",
        "아홀로틀은 잘린 다리를 다시 자라게 한다.",
        "rare words · 드문 낱말",
        "These words are hardly in any training text: the model sees pieces of words that it has no meaning for.",
        "학습한 글에 거의 없는 낱말이라, 뜻을 배운 적 없는 조각들로 읽습니다.",
    ),
    _example(
        "Ms. Okonkwo met Siobhan Kowalczyk in Llanelli.",
        "Frau Okonkwo traf Siobhan Kowalczyk in Llanelli.",
        "오콩쿼 씨는 슬라넬리에서 시본 코발치크를 만났다.",
        "names · 이름",
        "A name is to be copied, or spelt by its sound; nothing else in the sentence helps.",
        "이름은 그대로 베끼거나 소리대로 적어야 합니다. 문장의 나머지는 도움이 되지 않습니다.",
    ),
    _example(
        "On 17 March 1968 the train left at 6:45 with 3,492 passengers.",
        "Am 17. März 1968 fuhr der Zug um 6:45 Uhr mit 3.492 Fahrgästen ab.",
        "1968년 3월 17일 기차는 승객 3,492명을 태우고 6시 45분에 떠났다.",
        "numbers · 숫자",
        "To the model, digits are like any other token, and one number is as likely as another.",
        "모델에게 숫자는 다른 토큰과 다를 바 없어, 이 수나 저 수나 비슷하게 그럴듯합니다.",
    ),
    _example(
        "I can't say that I didn't like it.",
        "Ich kann nicht sagen, dass es mir nicht gefallen hat.",
        "그것이 마음에 들지 않았다고는 할 수 없다.",
        "two negations · 이중 부정",
        "One of two is easily lost, and the sentence then says the opposite.",
        "둘 중 하나를 놓치기 쉽고, 그러면 뜻이 반대가 됩니다.",
    ),
    _example(
        "It was raining cats and dogs, so we called it a day.",
        "Es goss in Strömen, also machten wir Feierabend.",
        "비가 억수같이 쏟아져서 우리는 그쯤에서 일을 접었다.",
        "idiom · 관용구",
        "Translated word by word it means something else.",
        "낱말 그대로 옮기면 다른 말이 됩니다.",
    ),
    _example(
        "She saw the bank from the bank of the river.",
        "Vom Ufer des Flusses aus sah sie die Bank.",
        "그녀는 강둑에서 은행을 보았다.",
        "two meanings · 두 뜻",
        "The same word twice, each time for another thing.",
        "같은 낱말이 두 번, 뜻은 서로 다릅니다.",
    ),
    _example(
        "Thanks 🙏 see you at the café ☕ tonight!",
        "Danke 🙏 bis heute Abend im Café ☕!",
        "고마워 🙏 오늘 밤 카페 ☕에서 봐!",
        "pictures · 그림 글자",
        "Characters that no training text had are read, and written, byte by byte.",
        "학습한 글에 없던 글자는 바이트 단위로 읽고 씁니다.",
    ),
)
DIGITS = ("31415926", "7", "20251121", "112233445566")


def language_of(spoken: str) -> str:
    """The language whose examples suit a model: its own; English where there are none in it."""
    return spoken if spoken in EASY[0].texts else "en"


def sources(spoken: str, hard: bool = False) -> list[str]:
    """Sentences in a model's source language; digits for a model of digits."""
    if spoken == "digits":
        return [] if hard else list(DIGITS)
    return [example.texts[language_of(spoken)] for example in (HARD if hard else EASY)]


def captions(spoken: str, written: str, hard: bool = False) -> list[str]:
    """What stands on their buttons: the sentence with its kind, or with what people say for it."""
    if spoken == "digits":
        return sources(spoken, hard)
    if hard:
        return [f"[{example.kind}] {example.texts[language_of(spoken)]}" for example in HARD]
    return [
        " — ".join([example.texts[language_of(spoken)], *filter(None, [example.texts.get(written)])])
        for example in EASY
    ]
