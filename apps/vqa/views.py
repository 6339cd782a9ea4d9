"""What the page shows of answers, as HTML: cards, bars, two answers beside each other, tables, scores, failures."""

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from apps.shared import pictures
from apps.shared.cards import text_of
from apps.shared.charts import outcomes
from apps.shared.formatting import percent, visible
from apps.shared.hints import Hint, hints_html
from apps.shared.languages import both, label, sentences
from apps.vqa.names import BESIDE, KINDS, SHOWN

if TYPE_CHECKING:
    from apps.vqa.asked import Asked
    from apps.vqa.failures import Failure
    from rnn_models.tasks.vqa import Answer

BARS = 5
WAITING = '<span class="rnn-waiting">…</span>'
LISTED = 8  # unknown words that are named
RIGHT, WRONG, SCENE = label("right", "정답"), label("wrong", "오답"), label("drawn scene", "도형 그림")

STRANGE = sentences(
    "This picture is unlike those that the network was trained on: do not trust the answer.",
    "신경망이 학습한 그림들과 다른 그림입니다. 답을 믿지 마세요.",
)
SIGMA = sentences(
    "Strangeness: how far the picture is from usual scenes, in standard deviations (σ) above their mean.",
    "낯섦: 평소의 그림들에서 얼마나 먼지를 그 평균보다 표준편차(σ)의 몇 배만큼 큰지로 나타냅니다.",
)
_REVERSED = sentences(
    "The same words in another order. A bag of words gives both questions the same answer.",
    "낱말은 같고 순서만 다릅니다. 낱말의 순서를 모르는 단어 가방은 두 질문에 같은 답을 합니다.",
)
_SCORES = sentences(
    "% right of the test questions, by kind. What never sees the picture, or not the order of the words, stands beside "
    "it: only what is above that was seen.",
    "테스트 질문의 정답률(%)입니다. 그림이나 낱말 순서를 모르고 답한 점수를 나란히 놓았습니다. 그보다 높은 만큼만 보고 "
    "답한 것입니다.",
)


# One question ----------------------------------------------------------------------------------------


def answers(asked: "Asked", hide_picture: bool, hide_question: bool) -> str:
    """The answer with these hidden, large with its bars, and in small what is answered with other things hidden."""
    hidden = bool(hide_picture), bool(hide_question)
    others = [way for way in ((False, False), (True, False), (False, True)) if way != hidden]
    small = "".join(_small(way, asked.chosen(*way), asked.right) for way in others)
    main = card(both(*SHOWN[hidden]), asked.chosen(*hidden), asked.right)
    return f'<div class="rnn-asked" data-figure="answers">{main}<div class="rnn-blind">{small}</div></div>'


def card(title: str, answer: "Answer", right: str | None, question: str = "") -> str:
    """An answer with its probability, whether it is right, and the likeliest answers as bars; `question` is HTML."""
    bars = "".join(_bar(name, value) for name, value in list(answer.probabilities.items())[:BARS])
    return (
        f'<section class="rnn-verdict-card"><h3>{title}</h3>{question}<p class="rnn-said-answer">'
        f"<b>{_answer(answer.answer)}</b> {percent(answer.probability)} {verdict(answer.answer, right)}</p>"
        f'<div class="rnn-bars">{bars}</div></section>'
    )


def _small(way: tuple[bool, bool], answer: "Answer", right: str | None) -> str:
    return (
        f'<section class="rnn-verdict-card"><h3>{both(*SHOWN[way])}</h3><p>'
        f"<b>{_answer(answer.answer)}</b> {percent(answer.probability)} {sign(answer.answer, right)}</p></section>"
    )


def _bar(name: str, value: float) -> str:
    track = f'<span class="rnn-track"><i style="width:{100 * value:.1f}%"></i></span>'
    return f'<div class="rnn-bar"><b>{_answer(name)}</b>{track}<span class="rnn-percent">{percent(value)}</span></div>'


def _answer(name: str) -> str:
    return f"<bdi>{html.escape(visible(name))}</bdi>"


def verdict(answer: str, right: str | None) -> str:
    """Whether an answer is right, in words; "" where that is not known."""
    if right is None:
        return ""
    if answer == right:
        return f'<span class="rnn-yes">✓ {both("right", "정답")}</span>'
    return f'<span class="rnn-no">✗ {both("right is", "정답은")} {_answer(right)}</span>'


def sign(answer: str, right: str | None) -> str:
    """The same as a sign."""
    if right is None:
        return ""
    kind, name, shown = ("yes", RIGHT, "✓") if answer == right else ("no", WRONG, "✗")
    return f'<span class="rnn-{kind}" role="img" aria-label="{name}">{shown}</span>'


def hints(answer: "Answer", right: str | None, of_scene: bool) -> str:
    """What speaks against trusting an answer: words that the network does not know, no right answer at all."""
    found = []
    if answer.unknown:
        words = ", ".join(answer.unknown[:LISTED])
        found.append(
            Hint(
                "unknown words",
                f"Words that it does not know, and all reads alike: {words}.",
                f"모르는 낱말이라 모두 똑같이 읽습니다: {words}",
            )
        )
    if of_scene and right is None:
        found.append(
            Hint(
                "no right answer",
                "The page knows no right answer to this: the question is put in another way than the training "
                "questions, or what it asks about is not there, or not the only one. The network answers all the same.",
                "이 질문의 정답은 알 수 없습니다. 학습한 질문과 다르게 물었거나, 묻는 것이 그림에 없거나 여러 "
                "개입니다. 신경망은 그래도 답을 합니다.",
            )
        )
    return hints_html(found)


# Two answers -----------------------------------------------------------------------------------------


def forced(before: "Answer", after: "Answer", place: int, right: str | None) -> str:
    """The answer as it was, and with all attention on one place."""
    row, column = (part + 1 for part in divmod(place, before.grid[1]))
    only = both(f"Only row {row}, column {column}", f"{row}행 {column}열만 보고")
    cards = card(both("Where it wanted", "스스로 보고"), before, right) + card(only, after, right)
    return f'<div class="rnn-sides" data-figure="forced">{cards}</div>{_changed(before, after)}'


def swapped(before: "Asked", after: "Asked", one: int, other: int, hidden: tuple[bool, bool] = (False, False)) -> str:
    """The answers to a question, and to the same one with two words swapped."""
    first, second = before.chosen(*hidden), after.chosen(*hidden)
    parts = [
        card(both(*title), answer, right, _question(answer.tokens, (one, other)))
        for title, answer, right in (
            (("As it is asked", "원래 질문"), first, before.right),
            (("Swapped", "바꾼 질문"), second, after.right),
        )
    ]
    note = f'<p class="rnn-caption">{_REVERSED}</p>'
    return f'<div class="rnn-sides" data-figure="swapped">{"".join(parts)}</div>{_changed(first, second)}{note}'


def _question(words: Sequence[str], marked: Sequence[int]) -> str:
    shown = [html.escape(visible(word)) for word in words]
    text = " ".join(f"<mark>{word}</mark>" if n in marked else word for n, word in enumerate(shown))
    return f'<p class="rnn-question-text" dir="auto" translate="no">{text}</p>'


def _changed(before: "Answer", after: "Answer") -> str:
    then, now = (_answer(one.answer) for one in (before, after))
    p, q = percent(before.probability), percent(after.probabilities.get(before.answer, 0.0))
    if before.answer == after.answer:
        told = sentences(
            f"The same answer, <b>{now}</b>: {p} before, {q} now.", f"같은 답 <b>{now}</b>: 전에는 {p}, 지금은 {q}"
        )
    else:
        told = sentences(
            f"Another answer: <b>{then}</b> became <b>{now}</b>. <b>{then}</b> had {p} and has {q} now.",
            f"답이 <b>{then}</b>에서 <b>{now}</b>(으)로 바뀌었습니다. <b>{then}</b>의 확률: 전에는 {p}, 지금은 {q}",
        )
    return f'<p class="rnn-story rnn-changed">{told}</p>'


def words(shown: Sequence[str], chosen: Sequence[int]) -> str:
    """The words of a question as buttons; two of them are to be swapped."""
    if not shown:
        return ""
    buttons = "".join(
        f'<button type="button" data-n="{n}" aria-pressed="{str(n in chosen).lower()}">'
        f"{html.escape(visible(word))}</button>"
        for n, word in enumerate(shown)
    )
    told = both("Choose two words", "낱말 두 개를 고르세요")
    return f'<p class="rnn-caption">{told}</p><div class="rnn-words" dir="auto" translate="no">{buttons}</div>'


# Twenty questions ------------------------------------------------------------------------------------


def table(asked: Sequence["Asked"], kinds: Sequence[str]) -> str:
    """Questions about one picture, their answers, and what is answered with the picture or the question hidden."""
    known = any(one.right is not None for one in asked)
    rows = "".join(_row(one, kind, known) for one, kind in zip(asked, kinds, strict=True))
    heads = [both("question", "질문"), *([both("right answer", "정답")] if known else []), both("answer", "답")]
    heads += [both("picture hidden", "그림을 가림"), both("question hidden", "질문을 가림")]
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    foot = f"<tfoot>{_total(asked)}</tfoot>" if known else ""
    return (
        f'<div class="rnn-scroll" tabindex="0" data-figure="twenty"><table class="rnn-twenty"><thead><tr>{head}</tr>'
        f"</thead><tbody>{rows}</tbody>{foot}</table></div>"
    )


def _row(one: "Asked", kind: str, known: bool) -> str:
    cells = "".join(
        f"<td>{_answer(answer.answer)} <small>{100 * answer.probability:.0f}</small> "
        f"{sign(answer.answer, one.right)}</td>"
        for answer in (one.full, one.no_picture, one.no_question)
    )
    right = f"<td>{_answer(one.right or '–')}</td>" if known else ""
    name = f"<small>{both(*KINDS[kind])}</small>" if kind in KINDS else ""
    return f'<tr><th scope="row">{text_of(one.full.question)}{name}</th>{right}{cells}</tr>'


def _total(asked: Sequence["Asked"]) -> str:
    counted = [one for one in asked if one.right is not None]
    cells = "".join(
        f"<td><b>{sum(get(one).answer == one.right for one in counted)}</b> / {len(counted)}</td>"
        for get in (lambda one: one.full, lambda one: one.no_picture, lambda one: one.no_question)
    )
    return f'<tr><th scope="row">{both("right", "정답 수")}</th><td></td>{cells}</tr>'


# Scores ----------------------------------------------------------------------------------------------


def scores(found: Mapping[str, Any]) -> str:
    """What a bundle says was measured on its test questions, by kind, with the baselines; "" where it says nothing."""
    test = found.get("test")
    if not isinstance(test, dict) or not isinstance(test.get("accuracy"), int | float):
        return ""
    columns = {name: told for name, told in BESIDE.items() if isinstance(test.get(name), int | float)}
    kinds = test.get("kinds") if isinstance(test.get("kinds"), dict) else {}
    rows = _score_row(both("all", "모두"), test, columns)
    rows += "".join(
        _score_row(both(*KINDS[kind]) if kind in KINDS else html.escape(kind), part, columns)
        for kind, part in kinds.items()
        if isinstance(part, dict)
    )
    if isinstance(new := found.get("new"), dict):
        rows += _score_row(both("pairs of colour and shape never seen", "본 적 없는 색과 모양의 짝"), new, columns)
    heads = ["", *(both(*told) for told in columns.values())]
    return f'<p class="rnn-caption">{_SCORES}</p><div data-figure="scores">{outcomes(heads, rows)}</div>'


def _score_row(name: str, part: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    cells = []
    for column in columns:
        value = part.get(column)
        shown = f"{100 * value:.1f}" if isinstance(value, int | float) else "–"
        cells.append(f"<td>{f'<b>{shown}</b>' if column == 'accuracy' else shown}</td>")
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


# Where it fails --------------------------------------------------------------------------------------


def gallery(failures: Sequence["Failure"], found: Sequence["Asked | None"]) -> str:
    """Questions that a network cannot answer, why, and what it says; None is still to come."""
    rows = []
    for failure, one in zip(failures, found, strict=True):
        image = pictures.data_url(failure.image(), "PNG", optimize=True)
        answer = WAITING
        if one is not None:
            blind = both("picture hidden", "그림을 가리면")
            answer = (
                f"<b>{_answer(one.full.answer)}</b> {percent(one.full.probability)} "
                f"<small>{blind}: {_answer(one.no_picture.answer)} {percent(one.no_picture.probability)}</small>"
            )
        shows, truth = label(*failure.shows), f"{both('true', '실제')}: {both(*failure.truth)}"
        rows.append(
            f'<article class="rnn-hard rnn-pictured"><img src="{image}" alt="{shows}"/><div>'
            f"<h4>{both(*failure.kind)}</h4>{_question(failure.question.split(), ())}"
            f'<p class="rnn-answer">{answer}</p><p class="rnn-people">{truth}</p>'
            f'<p class="rnn-why">{sentences(*failure.why)}</p></div></article>'
        )
    return f'<div class="rnn-gallery">{"".join(rows)}</div>'


# What can be chosen ----------------------------------------------------------------------------------


def thumbnails(scenes: Sequence[tuple[int, Any]]) -> str:
    """Scenes as buttons: their numbers and their pictures."""
    buttons = "".join(
        f'<button type="button" data-n="{n}" title="{SCENE} {n}">'
        f'<img src="{pictures.data_url(image, "PNG", optimize=True)}" alt="{SCENE} {n}"/>'
        "</button>"
        for n, image in scenes
    )
    return f'<div class="rnn-pictures">{buttons}</div>'


def suggestions(found: Mapping[str, Sequence[str]]) -> str:
    """Questions as buttons, by language; the page shows those of its own language."""
    lists, n = [], 0
    for language, questions in found.items():
        buttons = ""
        for question in questions:
            buttons += f'<button type="button" data-n="{n}">{html.escape(question)}</button>'
            n += 1
        lists.append(f'<div{_of_language(language, found)}><div class="rnn-suggested">{buttons}</div></div>')
    return f'<p class="rnn-caption">{both("Try one of these", "예시 질문")}</p>{"".join(lists)}'


def _of_language(language: str, found: Mapping[str, Any]) -> str:
    """Questions in the only language that a network reads are shown on every page."""
    return f' lang="{language}"' if len(found) > 1 else ' translate="no"'
