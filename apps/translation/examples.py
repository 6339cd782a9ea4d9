"""Sentences to try on the translators, with what people say for them, and why some are hard.

What a model makes of them stands nowhere here: the page asks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.shared.languages import label


@dataclass(frozen=True)
class Example:
    """The same sentence in several languages, as people put it; and what is to be seen in it, or hard about it.

    Attributes:
        texts: language ("en", "de", "ko") to sentence.
        kind: what is to be seen, English and Korean; "" for nothing in particular.
        why, why_ko: one line.
    """

    texts: Mapping[str, str] = field(hash=False)
    kind: str = ""
    why: str = ""
    why_ko: str = ""

    def text(self, language: str) -> str:
        """The sentence in a language; in English where there is none in it."""
        return self.texts.get(language, self.texts["en"])


@dataclass(frozen=True)
class Examples:
    """Sentences of the kind that some models were trained on."""

    easy: tuple[Example, ...]
    hard: tuple[Example, ...]


def _everyday(en: str, ko: str, *about: str) -> Example:
    return Example({"en": en, "ko": ko}, *about)


def _caption(de: str, en: str, *about: str) -> Example:
    return Example({"de": de, "en": en}, *about)


EVERYDAY = Examples(
    easy=(
        _everyday(
            "I lived with my uncle.",
            "나는 삼촌과 함께 살았다.",
            label("beam against greedy", "빔과 그리디"),
            "Greedy search takes the likelier word first and cannot go back; what follows no longer fits the source. "
            "The beam keeps the other beginning.",
            "그리디 탐색은 처음에 확률이 더 높은 낱말을 고른 뒤 되돌리지 못해, 이어지는 말이 원문에서 벗어납니다. "
            "빔 탐색은 다른 시작도 남겨 둡니다.",
        ),
        _everyday("What time is it now?", "지금 몇 시입니까?"),
        _everyday("The weather is very nice today.", "오늘은 날씨가 아주 좋습니다."),
        _everyday("A woman is cutting an onion.", "여자가 양파를 썰고 있다."),
        _everyday(
            "Turn on the light in the living room. I don't know what to do.",
            "거실에 불을 켜 줘. 어떻게 해야 할지 모르겠어.",
        ),
    ),
    hard=(
        _everyday(
            "The old man who sells flowers at the corner told the children that the dog which had followed them "
            "home yesterday belonged to a woman who had moved away when the school was closed.",
            "모퉁이에서 꽃을 파는 노인은 어제 집까지 따라온 개가 학교가 문을 닫을 때 이사 간 여자의 개라고 "
            "아이들에게 말해 주었다.",
            label("long", "긴 문장"),
            "Who did what is spread over four clauses; in Korean nearly all of them come in another order.",
            "누가 무엇을 했는지가 네 절에 흩어져 있고, 한국어에서는 순서가 거의 다 바뀝니다.",
        ),
        _everyday(
            "A cat, a dog, a horse, a cow, a pig, a goat and a goose live on the farm.",
            "농장에는 고양이, 개, 말, 소, 돼지, 염소, 거위가 산다.",
            label("list", "나열"),
            "Each name once and none twice: the attention must keep track of where it has been.",
            "하나씩, 겹치지 않게 옮겨야 합니다. 주의가 어디까지 왔는지 잊으면 빠뜨리거나 되풀이합니다.",
        ),
        _everyday(
            "The axolotl regrows its amputated limbs.",
            "아홀로틀은 잘린 다리를 다시 자라게 한다.",
            label("rare words", "드문 낱말"),
            "These words are hardly in any training text: the model sees pieces of words that it has no meaning for.",
            "학습한 글에 거의 없는 낱말이라, 뜻을 배운 적 없는 조각들로 읽습니다.",
        ),
        _everyday(
            "Ms. Okonkwo met Siobhan Kowalczyk in Llanelli.",
            "오콩쿼 씨는 슬라넬리에서 시본 코발치크를 만났다.",
            label("names", "이름"),
            "A name is to be copied, or spelt by its sound; nothing else in the sentence helps.",
            "이름은 그대로 베끼거나 소리대로 적어야 합니다. 문장의 나머지는 도움이 되지 않습니다.",
        ),
        _everyday(
            "On 17 March 1968 the train left at 6:45 with 3,492 passengers.",
            "1968년 3월 17일 기차는 승객 3,492명을 태우고 6시 45분에 떠났다.",
            label("numbers", "숫자"),
            "To the model, digits are like any other token, and one number is as likely as another.",
            "모델에게 숫자는 다른 토큰과 다를 바 없어, 어느 수든 비슷하게 그럴듯합니다.",
        ),
        _everyday(
            "I can't say that I didn't like it.",
            "그것이 마음에 들지 않았다고는 할 수 없다.",
            label("two negations", "이중 부정"),
            "One of two is easily lost, and the sentence then says the opposite.",
            "둘 중 하나를 놓치기 쉽고, 그러면 뜻이 반대가 됩니다.",
        ),
        _everyday(
            "It was raining cats and dogs, so we called it a day.",
            "비가 억수같이 쏟아져서 우리는 그쯤에서 일을 접었다.",
            label("idiom", "관용구"),
            "Translated word by word it means something else.",
            "낱말 그대로 옮기면 다른 말이 됩니다.",
        ),
        _everyday(
            "She saw the bank from the bank of the river.",
            "그녀는 강둑에서 은행을 보았다.",
            label("two meanings", "두 뜻"),
            "The same word twice, each time for another thing.",
            "같은 낱말이 두 번, 뜻은 서로 다릅니다.",
        ),
        _everyday(
            "Thanks 🙏 see you at the café ☕ tonight!",
            "고마워 🙏 오늘 밤 카페 ☕에서 봐!",
            label("pictures", "그림 문자"),
            "Characters that no training text had are read, and written, byte by byte.",
            "학습한 글에 없던 글자는 바이트 단위로 읽고 씁니다.",
        ),
    ),
)

CAPTIONS = Examples(
    easy=(
        _caption(
            "Drei Frauen tanzen auf einer Straße, während ein Mann Gitarre spielt.",
            "Three women are dancing in a street while a man plays the guitar.",
            label("word order", "어순"),
            "The German verb “spielt” stands last, the English “plays” before the guitar: there the attention crosses.",
            "독일어 동사 “spielt”는 맨 끝에, 영어 “plays”는 기타 앞에 옵니다. 그곳에서 주의가 엇갈립니다.",
        ),
        _caption(
            "Ein Mann in einem blauen Hemd steht auf einer Leiter.", "A man in a blue shirt is standing on a ladder."
        ),
        _caption("Zwei Hunde spielen im Schnee.", "Two dogs are playing in the snow."),
        _caption("Ein Junge springt in einen See.", "A boy is jumping into a lake."),
        _caption(
            "Ein alter Mann mit Hut sitzt auf einer Bank und liest eine Zeitung.",
            "An old man with a hat is sitting on a bench and reading a newspaper.",
        ),
    ),
    hard=(
        _caption(
            "Ein alter Mann, der an der Ecke Blumen verkauft, spricht mit einer Frau in einem roten Mantel, "
            "während hinter ihnen ein Hund an einem Laternenpfahl schnüffelt und zwei Kinder auf Fahrrädern "
            "vorbeifahren.",
            "An old man who sells flowers at the corner is talking to a woman in a red coat, while behind them a "
            "dog sniffs at a lamp post and two children ride past on bicycles.",
            label("long", "긴 문장"),
            "Four people and a dog, and who does what is spread over four clauses: half of the sentence is "
            "easily said twice, or not at all.",
            "네 사람과 개 한 마리가 네 절에 흩어져 있어, 어느 절은 두 번 말하고 어느 절은 빠뜨리기 쉽습니다.",
        ),
        _caption(
            "Ein Mann, eine Frau, ein Mädchen, ein Junge, ein Hund, eine Katze und ein Pferd stehen auf einer Wiese.",
            "A man, a woman, a girl, a boy, a dog, a cat and a horse are standing in a meadow.",
            label("list", "나열"),
            "Each name once and none twice: the attention must keep track of where it has been.",
            "하나씩, 겹치지 않게 옮겨야 합니다. 주의가 어디까지 왔는지 잊으면 빠뜨리거나 되풀이합니다.",
        ),
        _caption(
            "Ein Axolotl schwimmt in einem Aquarium neben einem Seepferdchen.",
            "An axolotl is swimming in an aquarium beside a sea horse.",
            label("rare words", "드문 낱말"),
            "These words are hardly in any training text: the model sees pieces of words that it has no meaning for.",
            "학습한 글에 거의 없는 낱말이라, 뜻을 배운 적 없는 조각들로 읽습니다.",
        ),
        _caption(
            "Siobhan Kowalczyk fotografiert die Kathedrale von Llanelli.",
            "Siobhan Kowalczyk is taking a picture of the cathedral of Llanelli.",
            label("names", "이름"),
            "A name is to be copied, or spelt by its sound; nothing else in the sentence helps.",
            "이름은 그대로 베끼거나 소리대로 적어야 합니다. 문장의 나머지는 도움이 되지 않습니다.",
        ),
        _caption(
            "Auf dem Trikot des Läufers steht die Nummer 3492.",
            "The runner's jersey bears the number 3492.",
            label("numbers", "숫자"),
            "To the model, digits are like any other token, and one number is as likely as another.",
            "모델에게 숫자는 다른 토큰과 다를 바 없어, 어느 수든 비슷하게 그럴듯합니다.",
        ),
        _caption(
            "Ein Mann ohne Hut sitzt neben einer Frau mit Hut.",
            "A man without a hat is sitting beside a woman with a hat.",
            label("negation", "부정"),
            "Captions say what there is to see, hardly ever what is missing: “ohne”, without, stands in 48 of "
            "29,000 training captions, 19 times before “Hemd”, shirt.",
            "사진 설명은 보이는 것을 말할 뿐, 없는 것은 거의 말하지 않습니다. “ohne”(없이)는 학습 문장 29,000개 "
            "중 48개에 나오고, 그중 19번은 “Hemd”(셔츠) 앞입니다.",
        ),
        _caption(
            "Den Hund jagt die Katze.",
            "The cat is chasing the dog.",
            label("word order", "어순"),
            "In German the one who is chased may come first; only “den” tells it, and it is the dog that is "
            "likelier to chase.",
            "독일어에서는 쫓기는 쪽이 먼저 올 수 있습니다. “den” 하나만 그것을 알려 주는데, 쫓는 쪽은 대개 개입니다.",
        ),
        _caption(
            "Eine Frau sitzt auf einer Bank vor der Bank.",
            "A woman is sitting on a bench in front of the bank.",
            label("two meanings", "두 뜻"),
            "The same word twice, each time for another thing.",
            "같은 낱말이 두 번, 뜻은 서로 다릅니다.",
        ),
        _caption(
            "Ein Mann beißt einen Hund.",
            "A man is biting a dog.",
            label("unlikely", "드문 일"),
            "What photographs hardly ever show, the network would rather not say.",
            "사진에 좀처럼 찍히지 않는 일이라, 신경망은 더 그럴듯한 말로 바꾸려 합니다.",
        ),
        _caption(
            "Ich habe bei meinem Onkel gewohnt.",
            "I lived with my uncle.",
            label("another world", "다른 분야"),
            "Simple, but no caption: “ich”, I, stands in 17 of 29,000 training captions, and photographs show no past.",
            "쉬운 문장이지만 사진 설명이 아닙니다. “ich”(나)는 학습 문장 29,000개 중 17개에만 나오고, 사진에는 "
            "과거가 없습니다.",
        ),
        _caption(
            "Ein Hund 🐕 spielt im Schnee ☃!",
            "A dog 🐕 is playing in the snow ☃!",
            label("pictures", "그림 문자"),
            "Characters that no training text had are read, and written, byte by byte.",
            "학습한 글에 없던 글자는 바이트 단위로 읽고 씁니다.",
        ),
    ),
)

DIGITS = ("31415926", "7", "20251121", "112233445566")


def for_languages(languages: tuple[str, str], hard: bool = False) -> list[Example]:
    """The examples of a model from one language to another; of a model of digits there are none.

    Translators between German and English know captions of photographs (Multi30k), the others everyday speech.
    """
    if "digits" in languages:
        return []
    kind = CAPTIONS if "de" in languages else EVERYDAY
    return list(kind.hard if hard else kind.easy)


def sources(languages: tuple[str, str], hard: bool = False) -> list[str]:
    """Sentences in a model's source language; digits for a model of digits."""
    if "digits" in languages:
        return [] if hard else list(DIGITS)
    return [example.text(languages[0]) for example in for_languages(languages, hard)]


def captions(languages: tuple[str, str], hard: bool = False) -> list[str]:
    """What stands on their buttons: the sentence with its kind, or with what people say for it."""
    if "digits" in languages:
        return sources(languages, hard)
    spoken, written = languages
    if hard:
        return [f"[{example.kind}] {example.text(spoken)}" for example in for_languages(languages, hard)]
    return [_caption_of(example, spoken, written) for example in for_languages(languages)]


def _caption_of(example: Example, spoken: str, written: str) -> str:
    kind = f"[{example.kind}] " if example.kind else ""
    return kind + " — ".join([example.text(spoken), *filter(None, [example.texts.get(written)])])


def example_of(text: str, languages: tuple[str, str]) -> Example | None:
    """The example that a text is, for a model from one language to another."""
    both = [*for_languages(languages), *for_languages(languages, hard=True)]
    return next((example for example in both if example.text(languages[0]) == text.strip()), None)
