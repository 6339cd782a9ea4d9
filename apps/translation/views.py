"""What the translation page shows of a result, as HTML: cards, two sentences compared, the gallery, the digits."""

import html
import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apps.shared import cards as shared_cards
from apps.shared import formatting
from apps.shared.cards import WAITING, card, difference, text_of
from apps.shared.formatting import number
from apps.shared.hints import Hint, hints_html
from apps.shared.languages import both, html_of, sentences
from apps.translation import attention_view, beam_tree
from apps.translation.examples import Example

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Sentence, Translation


SHOWN = 8  # sentences of a text whose attention and beam are shown
_OF_ONE = sentences("A beam of 1 is greedy search: nothing branches.", "빔 크기 1은 그리디 탐색이라 갈라지지 않습니다.")
TREE_OF_ONE = f'<p class="rnn-caption">{_OF_ONE}</p>'


def numbers(found: "Translation", length_penalty: float) -> str:
    """Tokens, log p and score of a translation."""
    score = number(found.score(length_penalty), 3)
    return (
        f'<p class="rnn-figures"><span>{both("score", "점수")} <b>{score}</b></span>'
        f"<span>log p <b>{number(found.log_prob)}</b></span>"
        f"<span>{both('tokens', '토큰')} <b>{len(found.tokens)}</b></span></p>"
    )


def reasons(loaded: Any, greedy: "Translation", found: "Translation") -> str:
    """Attention and beam of each sentence; the first is open."""
    parts = []
    for n, (one, other) in enumerate(zip(found.sentences[:SHOWN], greedy.sentences, strict=False)):
        beam = TREE_OF_ONE if one.lattice is None else beam_tree.tree(loaded, one, other)
        looked = shared_cards.looked("the translation of the beam", "빔의 번역을") + attention_view.figure(one)
        body = f"{lesson(other, one)}{looked}{beam}"
        if len(found.sentences) > 1:
            opened = " open" if n == 0 else ""
            body = (
                f'<details class="rnn-sentence"{opened}><summary>{n + 1}. {text_of(one.source)} → '
                f"{text_of(one.text)}</summary>{body}</details>"
            )
        parts.append(body)
    left = len(found.sentences) - SHOWN
    if left > 0:
        parts.append(
            '<p class="rnn-caption">'
            + sentences(
                f"{left} more sentences are not drawn; translate them alone to see them.",
                f"나머지 {left}문장은 그리지 않았습니다. 따로 번역하면 볼 수 있습니다.",
            )
            + "</p>"
        )
    return "".join(parts)


def lesson(greedy: "Sentence", found: "Sentence") -> str:
    """Where the sentences of greedy and beam search part, and which is the likelier one; "" where one is the other."""
    at = shared_cards.common_prefix(greedy.tokens, found.tokens)
    if at == min(len(greedy.tokens), len(found.tokens)):
        return ""
    token, other = (
        f"<b><bdi>{formatting.token_html(one.tokens[at])}</bdi></b> "
        f"({formatting.percent(float(one.probabilities[at]))})"
        for one in (greedy, found)
    )
    gain = found.log_prob - greedy.log_prob
    if gain > 0:
        times = f"{math.exp(gain):,.1f}" if gain < 20 else number(gain, 0)
        end = f"the whole sentence is {times} times as likely" if gain < 20 else f"log p is higher by {times}"
        end_ko = f"문장 전체의 확률은 {times}배입니다" if gain < 20 else f"문장 전체의 log p는 {times}만큼 높습니다"
    else:
        end = "for its length it has the better score"
        end_ko = "길이를 감안한 점수가 더 높습니다"
    story = sentences(
        f"At token {at + 1} greedy search takes the likeliest, {token}; the beam keeps {other} as well, and {end}.",
        f"{at + 1}번째 토큰에서 그리디 탐색은 가장 확률이 높은 {token}만 남깁니다. 빔 탐색은 {other}도 남겨 두었고, "
        f"{end_ko}.",
    )
    return f'<p class="rnn-story">{story}</p>'


def reason_of(example: Example | None) -> str:
    """What is to be seen in an example, as HTML; "" where nothing is said of it."""
    if example is None or not example.kind:
        return ""
    why = sentences(html.escape(example.why), html.escape(example.why_ko))
    return f'<p class="rnn-why"><b>{html_of(example.kind)}.</b> {why}</p>'


def steered(before: "Sentence", after: "Sentence", at: int, position: int) -> str:
    """A sentence as it was and as it became, and where the model looks now."""
    target, source = formatting.token_html(before.tokens[at]), formatting.token_html(before.source_tokens[position])
    if before.tokens == after.tokens:
        outcome = "The same sentence came out."
        outcome_ko = "같은 문장이 나왔습니다."
        left, right = text_of(before.text), text_of(after.text)
    else:
        first = shared_cards.common_prefix(before.tokens, after.tokens)
        outcome = f"From token {first + 1} on the sentence is another one."
        outcome_ko = f"{first + 1}번째 토큰부터 문장이 달라집니다."
        left, right = difference(before.text, after.text)
    forced = sentences(
        f"While it wrote token {at + 1} (<b><bdi>{target}</bdi></b>), it had to look at <b><bdi>{source}</bdi></b> "
        "only. "
        f"{outcome}",
        f"{at + 1}번째 토큰(<b><bdi>{target}</bdi></b>)을 쓸 때 <b><bdi>{source}</bdi></b>만 보게 했습니다. "
        f"{outcome_ko}",
    )
    looked = shared_cards.looked("the steered translation", "주의를 돌린 번역을")
    figure = looked + attention_view.figure(after, steered=(at, position))
    cards = card(both("As it was", "원래"), left) + card(both("Steered", "돌린 뒤"), right)
    return f'<div class="rnn-sides">{cards}</div><p class="rnn-story">{forced}</p>{figure}'


# The gallery and the digits --------------------------------------------------------------------------


def gallery(
    examples: list[Example],
    found: list["Translation | None"],
    source: str,
    target: str,
    hints: Sequence[Sequence[Hint]] = (),
) -> str:
    """What is hard, why, what the model makes of it (None is still to come), and why that may be a guess."""
    rows = []
    for example, one, doubts in itertools.zip_longest(examples, found, hints, fillvalue=()):
        people = example.texts.get(target, "")
        people = f'<p class="rnn-people">{both("People say", "사람의 번역")}: {text_of(people)}</p>' if people else ""
        answer = WAITING if one is None else text_of(one.text) or "—"
        rows.append(
            f'<article class="rnn-hard"><h4>{html_of(example.kind)}</h4><p class="rnn-why">'
            f"{sentences(html.escape(example.why), html.escape(example.why_ko))}</p>"
            f'<p class="rnn-asked">{text_of(example.text(source))}</p><p class="rnn-answer">{answer}</p>'
            f"{hints_html(doubts)}{people}</article>"
        )
    return f'<div class="rnn-gallery">{"".join(rows)}</div>'


def digits(given: str, found: "Translation", hints: Sequence[Hint] = ()) -> str:
    """Whether digits came out copied or turned round, why that may be a guess, and the attention."""
    digits = "".join(found.text.split())
    if digits == given == given[::-1]:
        outcome = "✓ " + both("Right: read from either end it is the same.", "맞습니다. 거꾸로 읽어도 같은 수입니다.")
    elif digits == given:
        outcome = "✓ " + both("An exact copy: look for the diagonal.", "그대로 복사했습니다. 대각선을 찾아보세요.")
    elif digits == given[::-1]:
        outcome = "✓ " + both(
            "Exactly reversed: look for the anti-diagonal.", "정확히 뒤집었습니다. 반대 대각선을 찾아보세요."
        )
    else:
        outcome = "✗ " + both("Neither copied nor reversed exactly.", "그대로도, 정확히 거꾸로도 아닙니다.")
    verdict = f'<p class="rnn-story">{outcome}</p>'
    figures = "".join(attention_view.figure(sentence) for sentence in found.sentences)
    return card(f"{html.escape(given)} →", text_of(found.text)) + verdict + hints_html(hints) + figures
