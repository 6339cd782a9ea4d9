"""The translators at work: which there are, a text translated, aligned, steered; for the page and for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.shared import beam_search, model_titles, models, validation
from apps.shared.hints import Hint
from apps.shared.languages import label
from apps.translation import PAGE, out_of_domain

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Sentence, Translation

TASK = PAGE.task
TEXT_LIMIT = 2_000
SENTENCE_LIMIT = 400
SENTENCES = 40
DIGITS = "digits"

CONCURRENCY = PAGE.concurrency

LANGUAGES = {
    "en": ("English", "영어"),
    "ko": ("Korean", "한국어"),
    "de": ("German", "독일어"),
    DIGITS: ("digits", "숫자"),
}


# Which models there are ------------------------------------------------------------------------------


def settings(name: str) -> dict[str, Any]:
    """What a model's bundle says of it, without loading it."""
    return models.settings(name, TASK)


def languages(name: str) -> tuple[str, str]:
    """The codes of the languages that a model reads and writes."""
    options = settings(name)
    return str(options.get("source_language", "")), str(options.get("target_language", ""))


def reads(names: list[str]) -> list[str]:
    """The codes of the languages that these models read, digits left out."""
    return list(dict.fromkeys(code for name in names if (code := languages(name)[0]) not in ("", DIGITS)))


def language_name(code: str) -> str:
    """English and Korean name of a language; the code itself if it is not known; plain text."""
    return label(*LANGUAGES[code]) if code in LANGUAGES else code or "?"


def has_attention(name: str) -> bool:
    """Whether a model looks at the source while it writes."""
    return settings(name).get("attention", "none") != "none"


def reads_digits(name: str) -> bool:
    """Whether it is one of the toys that copy or reverse digits."""
    return languages(name)[0] == DIGITS


def title(name: str) -> str:
    """What a model translates, plain text: "English · 영어 → Korean · 한국어"."""
    source, target = map(language_name, languages(name))
    if reads_digits(name):
        return f"{label('digits', '숫자')}: {model_titles.short(name)}"
    note = "" if has_attention(name) else f", {label('no attention', '주의 없음')}"
    return f"{source} → {target}{note}"


def choices(names: list[str]) -> list[tuple[str, str]]:
    """What a menu of models shows, and the name behind it."""
    return model_titles.choices(PAGE, names)


def counterparts(names: list[str]) -> dict[str, str]:
    """For each model with attention the first one of the same languages without, where there is one."""
    plain = {languages(name): name for name in reversed(names) if not has_attention(name)}
    return {name: plain[languages(name)] for name in names if has_attention(name) and languages(name) in plain}


def training_command(name: str) -> str:
    """How the counterpart of a model, without attention, is trained."""
    source, target = languages(name)
    dataset = {frozenset(("en", "ko")): "en-ko", frozenset(("de", "en")): "multi30k"}.get(frozenset((source, target)))
    if source == DIGITS:
        chosen = f"--dataset {'copy' if 'copy' in name else 'reverse'}"
    elif dataset is None:
        chosen = "--pairs YOUR_PAIRS.tsv"
    else:
        chosen = f"--dataset {dataset} --source {source} --target {target}"
    return f"python -m training.translation train {chosen} --attention none --export pretrained/{name}-no-attention"


# What a visitor may send -----------------------------------------------------------------------------


def checked(text: str | None) -> str:
    """The text, if there is one and it is within what the page offers."""
    from rnn_models.text.sentences import sentences_of

    text = validation.text_within(text, TEXT_LIMIT, "The text", "글")
    count = len(sentences_of(text))
    if not count:
        raise validation.no_text()
    if count > SENTENCES:
        raise validation.refusal(
            f"The text has {count} sentences or lines; at most {SENTENCES} are translated at a time. Send it in parts.",
            f"글이 {count}문장(줄)입니다. 한 번에 {SENTENCES}문장까지 번역하니 나누어 보내 주세요.",
            "text",
        )
    return text


def checked_sentence(text: str | None, loaded: Any, what: str = "The sentence", what_ko: str = "문장") -> str:
    """The sentence, if it is one that the model reads without cutting it."""
    from rnn_models.text.sentences import sentences_of

    parts = sentences_of(validation.text_within(text, SENTENCE_LIMIT, what, what_ko))
    if not parts:
        raise validation.no_text()
    if len(parts) > 1:
        raise validation.refusal(
            f"These are {len(parts)} sentences or lines; give one at a time here.",
            f"{len(parts)}문장(줄)입니다. 여기에는 한 문장씩 써 주세요.",
            "text",
        )
    ((sentence, _),) = parts
    (ids,) = loaded.tokenizer.encode([sentence])
    most = loaded.settings["max_tokens"]
    if len(ids) > most:
        raise validation.refusal(
            f"{what} has {len(ids)} tokens; the model reads at most {most} at a time. Shorten it.",
            f"{what_ko}의 토큰이 {len(ids)}개입니다. 모델은 한 번에 {most}개까지 읽으니 줄여 주세요.",
            "text",
        )
    return sentence


def get_model(model: str) -> tuple[str, Any]:
    """The model of that name, or for "" the one that the page opens with."""
    name = model or models.first(PAGE)
    return name, models.get(name, TASK)


def hints(name: str, found: "Translation") -> list[Hint]:
    """Why a model's translation is a guess; [] if it need not be."""
    limits = models.scores(name, TASK).get("limits")
    limits = limits if isinstance(limits, dict) else {}
    limits = {key: value for key, value in limits.items() if isinstance(value, int | float)}
    return out_of_domain.hints(found, languages(name)[0], limits, models.words(name, TASK))


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained translators."""
    return models.available(TASK)


def translate(text: str, model: str = "", beam: int = 5, length_penalty: float = 1.0) -> dict:
    """Translate a text; it is cut into sentences, and each is translated by itself.

    Args:
        text: at most 2,000 characters and 40 sentences.
        model: a name that `translation_models` gives; "" takes the first of them.
        beam: how many hypotheses are kept at a time, 1 (greedy) to 10.
        length_penalty: 0 to 2; the higher it is, the longer the translations.

    Returns:
        `text`, `score`, the `model`, and the `sentences`, each with `source`, `text`, `score`, `source_tokens`,
        `tokens`, `probabilities` of the tokens, `attention` (a row for each token, a column for each source
        token; null without attention) and `alternatives` (text and score, best first); and `hints`: reasons why the
        model may only be guessing.
    """
    return translate_all([text], model, beam, length_penalty)[0]


def translate_all(
    texts: Sequence[str], model: str = "", beam: int = 5, length_penalty: float = 1.0
) -> list[dict[str, Any]]:
    """What `translate` gives for each text; sentences of like length are translated together.

    Raises:
        gr.Error: a text is empty or too long, or there is no such model.
    """
    texts, chosen = [checked(text) for text in texts], beam_search.search_options(beam, length_penalty)
    with validation.user_errors():
        name, loaded = get_model(model)
        found = loaded.translate(texts, **chosen)
    return [_translation(one, name) for one in found]


def _translation(found: "Translation", model: str) -> dict[str, Any]:
    sentences = [_sentence(sentence) for sentence in found.sentences]
    return {
        "text": found.text,
        "score": round(found.search_score, 4),
        "model": model,
        "sentences": sentences,
        "hints": [hint.english for hint in hints(model, found)],
    }


def align(source: str, target: str, model: str = "") -> dict:
    """What a model thinks of a given translation of one sentence, and where it looks while it reads it.

    Args:
        source: one sentence, at most 400 characters.
        target: its translation, at most 400 characters.
        model: a name that `translation_models` gives; "" takes the first of them.

    Returns:
        `source`, `text`, `score` (log p), `source_tokens`, `tokens`, `probabilities`, `attention`, as
        `translate` gives them for a sentence, and the `model`.
    """
    with validation.user_errors():
        name, loaded = get_model(model)
        source = checked_sentence(source, loaded, "The source", "원문")
        target = checked_sentence(target, loaded, "The translation", "번역문")
        return {**_sentence(loaded.align(source, target)), "model": name}


def steer(text: str, at: int, position: int, model: str = "") -> dict:
    """The greedy translation of one sentence, made to look at one source token while it writes one token.

    Args:
        text: one sentence, at most 400 characters.
        at: the number of the token in the translation, from 0.
        position: the number of the source token, from 0.
        model: the name of a model with attention; "" takes the first translator.

    Returns:
        `before` and `after`, each as `translate` gives a sentence, and the `model`.
    """
    name, before, after = greedy_and_steered(text, model, at, position)
    return {"before": _sentence(before), "after": _sentence(after), "model": name}


def greedy_and_steered(
    text: str | None, model: str, at: float | None, position: float | None
) -> tuple[str, "Sentence", "Sentence"]:
    """The model's name, the greedy translation as it is, and as it becomes."""
    with validation.user_errors():
        name, loaded, before = greedy_of_one(text, model)
        if before.attention is None:
            raise validation.no_attention(name)
        at = validation.whole_number(at, 0, len(before.tokens) - 1, "The token to be written", "쓸 토큰", "at")
        position = validation.whole_number(
            position, 0, len(before.source_tokens) - 1, "The source token", "원문 토큰", "position"
        )
        return name, before, loaded.steer(before.source, at, position)


def greedy_of_one(text: str | None, model: str) -> tuple[str, Any, "Sentence"]:
    """The model's name, the model, and its greedy translation of one sentence."""
    name, loaded = get_model(model)
    (before,) = loaded.translate(checked_sentence(text, loaded), beam=1).sentences
    return name, loaded, before


def _sentence(given: "Sentence") -> dict:
    attention = given.attention
    return {
        "source": given.source,
        "text": given.text,
        "score": round(given.search_score, 4),
        "source_tokens": given.source_tokens,
        "tokens": given.tokens,
        "probabilities": np.round(given.probabilities.astype(float), 6).tolist(),
        "attention": None if attention is None else np.round(attention.astype(float), 5).tolist(),
        "alternatives": [{"text": text, "score": round(score, 4)} for text, score in given.alternatives],
    }
