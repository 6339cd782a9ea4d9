"""What visitors read in place of the names of models and hypotheses."""

from apps.shared import models
from apps.shared.languages import label

TASKS = ("char_lm", "sentiment", "translation")
PATTERN = "pattern"

MODELS = {
    "char_lm/shakespeare": label("Shakespeare, letter by letter", "셰익스피어(글자)"),
    "char_lm/python": label("Python code, letter by letter", "파이썬 코드(글자)"),
    "char_lm/linux": label("Linux source, letter by letter", "리눅스 소스 코드(글자)"),
    "char_lm/korean-reviews": label("Korean film reviews, jamo by jamo", "한국어 영화 리뷰(자모)"),
    "sentiment/imdb": label("English film reviews, sentiment", "영어 영화 리뷰(감성)"),
    "sentiment/nsmc": label("Korean film reviews, sentiment", "한국어 영화 리뷰(감성)"),
    "translation/de-en": label("German, read by the translator", "독일어(번역기의 인코더)"),
    "translation/en-ko": label("English, read by the translator", "영어(번역기의 인코더)"),
}

HYPOTHESES = {
    PATTERN: label("my own pattern", "직접 쓴 패턴"),
    "line_position": label("position in the line", "줄에서의 위치"),
    "word_position": label("position in the word", "낱말에서의 위치"),
    "bracket_depth": label("open brackets", "열린 괄호 수"),
    "indent": label("indentation", "들여쓰기"),
    "in_quotes": label("in double quotes", "큰따옴표 안"),
    "comment_python": label("Python: in a comment", "파이썬 주석 안"),
    "string_python": label("Python: in a string", "파이썬 문자열 안"),
    "comment_c": label("C: in a comment", "C 주석 안"),
    "string_c": label("C: in a string", "C 문자열 안"),
    "speaker": label("line that names who speaks", "등장인물 이름 줄"),
    "newline": label("line break within 5 characters", "5글자 안에 줄바꿈"),
    "sentence_end": label("sentence ends within 5 characters", "5글자 안에 문장 끝"),
    "capital": label("capital letter", "대문자"),
    "digit": label("digit", "숫자"),
    "url": label("in a web address", "웹 주소 안"),
    "syllable_position": label("position in the syllable (jamo)", "음절에서의 자모 위치"),
    "final_consonant": label("final consonant", "받침"),
    "final_consonant_next": label("a final consonant comes next", "다음이 받침"),
    "polarity": label("praise less blame so far", "칭찬에서 비난을 뺀 수"),
}
"""The hypotheses that the menu offers, by the library's names."""

MEASURED = {
    **HYPOTHESES,
    "positive": label("the review is positive", "긍정 리뷰"),
    "I, me, my, mine": label("I, me, my, mine", "1인칭(I, me, my, mine)"),
    "after a comma, ; or :": label("after a comma, ; or :", "쉼표, ;, : 다음"),
    "line of a def": label("line of a def", "def 줄"),
    "self.NAME": label("self.NAME", "self.이름"),
    "laughter ㅋㅋ, ㅎㅎ": label("laughter ㅋㅋ, ㅎㅎ", "웃음 ㅋㅋ, ㅎㅎ"),
    "after a negation": label("after a negation", "부정어 다음"),
    "ein, eine, einen …": label("ein, eine, einen …", "부정관사 ein, eine …"),
    "people": label("a word for people", "사람을 뜻하는 낱말"),
    "colours": label("a word for a colour", "색을 뜻하는 낱말"),
}
"""Those that were measured, too."""


def available() -> list[str]:
    """The models whose cells can be looked into: all that read a text from its beginning."""
    found = [name for task in TASKS for name in models.available(task)]
    return [name for name in found if not models.settings(name, task_of(name)).get("reverse_source")]


def task_of(name: str) -> str:
    """The task of a model."""
    return str(name).partition("/")[0]


def model_choices() -> list[tuple[str, str]]:
    """What the menu of models shows, and the names."""
    return [(MODELS.get(name, name), name) for name in available()]


def hypothesis_choices() -> list[tuple[str, str]]:
    """What the menu of hypotheses shows, and the names."""
    return [(title, name) for name, title in HYPOTHESES.items()]
