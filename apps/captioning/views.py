"""What the captioning page shows of a result, as HTML: cards, warnings, two captions compared, scores, the gallery."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apps.captioning import attention_view
from apps.captioning.examples import Example
from apps.captioning.labels import ATTENTIONS, INJECTIONS
from apps.shared import attention_map, pictures, strange_pictures
from apps.shared.cards import WAITING, card, common_prefix, difference, looked, text_of
from apps.shared.formatting import number, token_html, visible
from apps.shared.languages import both, html_of, label, sentences
from apps.shared.pictures import Photograph

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption


FORMULAS = {
    "h0": "s₀ = v W",
    "first": "x₁ = v W",
    "per_step": "x<sub>t</sub> = [w<sub>t</sub>; v]",
    "merge": "o<sub>t</sub>′ = tanh([o<sub>t</sub>; v] W)",
}
_WARNING = sentences(
    "This picture is unlike those that the model was trained on: do not trust the caption.",
    "모델이 학습한 사진들과 다른 사진입니다. 설명을 믿지 마세요.",
)
_SIGMA = sentences(
    "Strangeness is in standard deviations (σ) above the mean of usual pictures: half from how far the picture is from "
    "the training pictures, half from how unsure the model is of its own caption.",
    "낯섦은 평소와 같은 사진들의 평균보다 표준편차(σ)의 몇 배만큼 큰지를 뜻합니다. 학습 사진과의 거리와, 모델이 자기 "
    "설명을 확신하지 못하는 정도를 반씩 반영합니다.",
)


def caption_html(caption: "Caption") -> str:
    """A caption as HTML; something to see for one without words."""
    return text_of(caption.text) if caption.text else f"<small>({both('no words', '낱말 없음')})</small>"


def numbers(caption: "Caption", length_penalty: float | None = None) -> str:
    """log p and words of a caption; with a length penalty also what a beam search ranks by."""
    score = ""
    if length_penalty is not None:
        score = f"<span>{both('score', '점수')} <b>{number(caption.score(length_penalty), 3)}</b></span>"
    return (
        f'<p class="rnn-figures">{score}<span>log p <b>{number(caption.log_prob)}</b></span>'
        f"<span>{both('tokens', '토큰')} <b>{len(caption.tokens)}</b></span></p>"
    )


def samples(found: Sequence["Caption"], temperature: float, seed: str) -> str:
    """Captions drawn at random, as a card; `seed` is HTML."""
    rows = "".join(f"<li>{caption_html(one)} <small>log p {number(one.log_prob)}</small></li>" for one in found)
    at = number(temperature, 1)
    title = both(f"Drawn at temperature {at}", f"온도 {at}에서 추출")
    below = f'<p class="rnn-figures"><span>{seed}</span></p>'
    return f'<section class="rnn-translation rnn-drawn"><h3>{title}</h3><ol>{rows}</ol>{below}</section>'


def strangeness(caption: "Caption") -> str:
    """How unlike the training pictures a picture is, the limit beside it, and a warning above the limit."""
    return strange_pictures.told(caption, _WARNING, _SIGMA)


def result(photograph: Photograph, loaded: Any, greedy: "Caption", found: "Caption") -> str:
    """The figure of the beam's caption, and folded up that of greedy's where it is another one."""
    figure = _looked(found, "the caption of the beam", "빔의 설명을") + attention_view.figure(photograph, loaded, found)
    if greedy.tokens == found.tokens:
        return figure
    other = attention_view.figure(photograph, loaded, greedy, note="")
    summary = f"<summary>{both('Greedy', '그리디')}: {caption_html(greedy)}</summary>"
    return f'{figure}<details class="rnn-sentence">{summary}{other}</details>'


def _looked(caption: "Caption", english: str, korean: str) -> str:
    return "" if caption.attention is None else looked(english, korean)


# Two captions ----------------------------------------------------------------------------------------


def steered(photograph: Photograph, loaded: Any, before: "Caption", after: "Caption", at: int, place: int) -> str:
    """A caption as it was and as it became, and where the model looks now."""
    row, column = (part + 1 for part in divmod(place, before.grid[1]))
    if before.tokens == after.tokens:
        outcome, outcome_ko = "The same caption came out.", "같은 설명이 나왔습니다."
        left, right = caption_html(before), caption_html(after)
    else:
        first = common_prefix(before.tokens, after.tokens)
        outcome = f"From word {first + 1} on the caption is another one."
        outcome_ko = f"{first + 1}번째 낱말부터 설명이 달라집니다."
        left, right = difference(before.text, after.text)
    old, new = token_html(before.tokens[at]), token_html(after.tokens[at])
    forced = sentences(
        f"While it wrote word {at + 1} (before: <b><bdi>{old}</bdi></b>, now: <b><bdi>{new}</bdi></b>), it had to look "
        f"at row {row}, column {column} only. {outcome}",
        f"{at + 1}번째 낱말(전: <b><bdi>{old}</bdi></b>, 후: <b><bdi>{new}</bdi></b>)을 쓸 때 {row}행 {column}열만 "
        "보게 "
        f"했습니다. {outcome_ko}",
    )
    titles = ((both("As it was", "원래"), left, before), (both("Steered", "돌린 뒤"), right, after))
    cards = "".join(card(title, text, numbers(one)) for title, text, one in titles)
    figure = looked("the steered caption", "주의를 돌린 설명을")
    figure += attention_view.figure(photograph, loaded, after, steered=(at, place), note="")
    return f'<div class="rnn-stack">{cards}</div><p class="rnn-story">{forced}</p>{figure}'


def column(photograph: Photograph, loaded: Any, name: str, caption: "Caption", length_penalty: float) -> str:
    """One of two models that are shown side by side."""
    kind = both(*ATTENTIONS[loaded.settings["attention"]])
    hard, mean = loaded.settings["attention"] == "hard", ""
    if caption.attention_entropy is not None:
        bits = attention_map.bits_of(float(caption.attention_entropy.mean()), caption.attention.shape[1])
        named = f"{both('mean', '평균')}, {attention_view.entropy_name(hard)}"
        mean = f'<p class="rnn-figures"><span>{named}: <b>{bits}</b></span></p>'
    title = f"{kind} <small>{html.escape(name)}</small>"
    below = numbers(caption, length_penalty) + mean
    figure = attention_view.figure(photograph, loaded, caption, note=None if hard else "")
    return f"<div>{card(title, caption_html(caption), below)}{figure}</div>"


# The four ways in ------------------------------------------------------------------------------------


def injection(inject: str, name: str, loaded: Any, caption: "Caption | None", length_penalty: float) -> str:
    """One way in which the picture enters: the caption, its words, what the model scored; None is still to come."""
    title = f"{both(*INJECTIONS[inject])} <code>{FORMULAS[inject]}</code>"
    if caption is None:
        return card(title, WAITING, writing=True)
    below = f"{numbers(caption, length_penalty)}{attention_view.words(caption)}{scores(loaded)}"
    return card(title, caption_html(caption), f'{below}<small class="rnn-model-name">{html.escape(name)}</small>')


def scores(loaded: Any) -> str:
    """What was measured of a model on the pictures that it was chosen by; "" if its bundle does not say."""
    measured = loaded.scores.get("validation")
    measured = measured if isinstance(measured, dict) else {}
    parts = [
        f"<span>{name} <b>{number(factor * float(measured[key]), decimals)}</b></span>"
        for key, name, factor, decimals in (("cider_d", "CIDEr-D", 1, 3), ("bleu_4", "BLEU-4", 100, 1))
        if isinstance(measured.get(key), int | float)
    ]
    return f'<p class="rnn-figures">{both("validation", "검증")}: {" ".join(parts)}</p>' if parts else ""


# The gallery -----------------------------------------------------------------------------------------


def gallery(examples: Sequence[Example], found: Sequence["Caption | None"]) -> str:
    """Pictures, what they show, and what the model makes of them; None is still to come."""
    rows = []
    for example, one in zip(examples, found, strict=True):
        answer = WAITING if one is None else caption_html(one)
        below = "" if one is None else strange_pictures.line(one)
        why = sentences(html.escape(example.why), html.escape(example.why_ko))
        shows = html.escape(visible(example.shows))
        people = both("People say", "사람의 설명")
        said = sentences(shows, html.escape(example.shows_ko))
        rows.append(
            f'<article class="rnn-hard rnn-pictured"><img src="{pictures.thumbnail(example.path)}" alt="{shows}"/>'
            f'<div><h4>{html_of(example.kind)}</h4><p class="rnn-answer">{answer}</p>{below}'
            f'<p class="rnn-people">{people}: {said}</p>'
            f'<p class="rnn-why">{why}</p></div></article>'
        )
    return f'<div class="rnn-gallery">{"".join(rows)}</div>'


def thumbnails(examples: Sequence[Example]) -> str:
    """The examples as buttons."""
    buttons = []
    for n, example in enumerate(examples):
        shows = html.escape(label(example.shows, example.shows_ko))
        image = f'<img src="{pictures.thumbnail(example.path)}" alt="{shows}"/>'
        buttons.append(f'<button type="button" data-n="{n}" title="{shows}">{image}</button>')
    return f'<p class="rnn-caption">{both("Examples", "예시")}</p><div class="rnn-pictures">{"".join(buttons)}</div>'
