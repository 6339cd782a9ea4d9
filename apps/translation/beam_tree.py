"""A beam search as a tree: which beginnings survived each step, with their log p, who won, where greedy left.

The path to the best sentence is the trunk; what else was kept stands indented where it leaves it. So the tree stays
narrow, and a phone shows it.
"""

import html
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp
from typing import TYPE_CHECKING, Any

from apps.shared import formatting
from apps.shared.cards import common_prefix
from apps.shared.formatting import number, percent
from apps.shared.languages import both, sentences

if TYPE_CHECKING:
    from rnn_models.tasks.translation import Sentence


NEVER = -1e29  # of hypotheses that do not exist
NOT_KEPT = 10**9

_CAPTION = sentences(
    "Every beginning that the beam kept, with the log p of all of it. At each step only the best go on; ✕ says after "
    "which "
    "step one was dropped. The thick line won; tokens underlined by dots are greedy’s.",
    "빔이 남긴 후보를 모두, 그때까지의 log p와 함께 보여 줍니다. 단계마다 가장 좋은 후보만 남으며, ✕ 뒤의 수는 그 "
    "후보가 "
    "몇 번째 단계 뒤에 탈락했는지를 뜻합니다. 굵은 선이 선택된 문장이고, 점선 밑줄이 그리디 탐색의 토큰입니다.",
)
CAPTION = f'<p class="rnn-caption">{_CAPTION}</p>'


@dataclass(eq=False)
class Node:
    """One token of a hypothesis.

    Attributes:
        token: what was written, as the model's own piece.
        step: when, from 1; 0 for the root.
        log_prob, total: log p of the token, and of all up to it.
        ended: the sentence ends here.
        best: the place (0 is the winner) of the best sentence that goes through here; NOT_KEPT for none.
        until: the last step at which something that goes through here was kept.
        greedy: greedy search wrote it, too.
        rank: the place of the sentence that ends here.
    """

    token: str
    step: int = 0
    log_prob: float = 0.0
    total: float = 0.0
    ended: bool = False
    best: int = NOT_KEPT
    until: int = 0
    greedy: bool = False
    rank: int | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)


def grown(loaded: Any, found: "Sentence", greedy: list[str]) -> Node:
    """The root of the tree of all that the beam kept while it found a sentence.

    Args:
        loaded: the translator.
        greedy: the tokens of its greedy translation.
    """
    tokens, parents, log_probs = found.lattice
    root = Node("")
    nodes, before = [root], [root] * tokens.shape[1]
    for t in range(len(tokens)):
        texts, row = loaded.tokenizer.token_texts(tokens[t]), []
        for w, text in enumerate(texts):
            parent, log_prob = before[parents[t, w]], float(log_probs[t, w])
            if parent is None or log_prob <= NEVER:
                row.append(None)
                continue
            if parent.ended:  # it only keeps its place
                parent.until = t + 1
                row.append(parent)
                continue
            ended = int(tokens[t, w]) == loaded.end
            node = Node(text, t + 1, log_prob, parent.total + log_prob, ended, until=t + 1, parent=parent)
            parent.children.append(node)
            nodes.append(node)
            row.append(node)
        before = row
    for rank, node in enumerate(node for node in before if node is not None):
        node.rank = node.best = rank
    for node in reversed(nodes[1:]):
        node.parent.best = min(node.parent.best, node.best)
        node.parent.until = max(node.parent.until, node.until)
    for node in nodes:
        node.children.sort(key=lambda child: (child.best, -child.until, -child.total))
    for node in _along(root, greedy):
        node.greedy = True
    return root


def _along(root: Node, tokens: list[str]) -> list[Node]:
    """The nodes of a sentence, as far as the beam kept it."""
    node, found = root, []
    for token in tokens:
        node = next((child for child in node.children if child.token == token), None)
        if node is None:
            break
        found.append(node)
    return found


def tree(loaded: Any, found: "Sentence", greedy: "Sentence") -> str:
    """The tree as HTML, and in a sentence what became of greedy's way."""
    root = grown(loaded, found, greedy.tokens)
    count = sum(1 for _ in _all(root)) - 1
    others = "".join(_branch(child, found) for child in root.children[1:])
    others = f"<ul>{others}</ul>" if others else ""
    branches = f"<li><small>{both('start', '시작')}</small>{others}</li>{_branch(root.children[0], found)}"
    return (
        f'<div class="rnn-beam"><h4>{both("The beam as a tree", "트리로 본 빔")} '
        f"<small>{count} {both('nodes', '노드')}</small></h4>"
        f"{CAPTION}{_story(root, found, greedy)}"
        f'<div class="rnn-tree" data-figure="beam"><ul>{branches}</ul></div></div>'
    )


def _all(root: Node) -> list[Node]:
    nodes = [root]
    for node in nodes:
        nodes.extend(node.children)
    return nodes


def _story(root: Node, found: "Sentence", greedy: "Sentence") -> str:
    won, kept = _along(root, found.tokens), _along(root, greedy.tokens)
    if found.tokens == greedy.tokens:
        return _told("Greedy search wrote the same sentence.", "그리디 탐색도 같은 문장을 냈습니다.")
    same = common_prefix(found.tokens, greedy.tokens)
    theirs, ours = (
        f"<b><bdi>{formatting.token_html(tokens[same])}</bdi></b>" if same < len(tokens) else "—"
        for tokens in (greedy.tokens, found.tokens)
    )
    english = f"Greedy left at token {same + 1}: it wrote {theirs}, the winner has {ours}."
    korean = f"그리디 탐색은 {same + 1}번째 토큰에서 갈라집니다. 그리디 탐색은 {theirs}, 선택된 문장은 {ours}입니다."
    if len(kept) < len(greedy.tokens):
        step = kept[-1].until if kept else 0
        english += f" The beam dropped greedy’s way after step {max(step, len(kept))}."
        korean += f" 빔은 {max(step, len(kept))}번째 단계 뒤에 그리디 탐색의 후보를 버렸습니다."
    elif kept and kept[-1].rank is not None and won:
        english += f" Its sentence came in at place {kept[-1].rank + 1}."
        korean += f" 그리디 탐색의 문장은 {kept[-1].rank + 1}위입니다."
    return _told(english, korean)


def _told(english: str, korean: str) -> str:
    return f'<p class="rnn-story">{sentences(english, korean)}</p>'


def _branch(node: Node, found: "Sentence") -> str:
    """The `li`s of a node and of what follows on its way; what leaves it is indented."""
    parts = []
    while node is not None:
        run = [node]
        while len(run[-1].children) == 1:
            run.append(run[-1].children[0])
        last = run[-1]
        sides = "".join(_branch(child, found) for child in last.children[1:])
        sides = f"<ul>{sides}</ul>" if sides else ""
        parts.append(f'<li class="{_kind(node)}">{_run(run)} {_end(last, found)}{sides}</li>')
        node = last.children[0] if last.children else None
    return "".join(parts)


def _kind(node: Node) -> str:
    return "rnn-won" if node.best == 0 else "rnn-kept" if node.best < NOT_KEPT else "rnn-dropped"


def _run(run: list[Node]) -> str:
    words = []
    for before, node in pairwise([run[0].parent, *run]):
        title = f"log p {number(node.log_prob)} ({percent(exp(node.log_prob))}), Σ {number(node.total)}"
        gap = " " if before is not None and (node.token.startswith("▁") or node.ended) else ""
        left = " rnn-left" if node.greedy and before is not None and before.best == 0 and node.best != 0 else ""
        kind = f"rnn-node rnn-greedy{left}" if node.greedy else "rnn-node"
        words.append(f'{gap}<span class="{kind}" title="{title}"><bdi>{formatting.token_html(node.token)}</bdi></span>')
    return "".join(words) + f' <small class="rnn-total-log">{number(run[-1].total)}</small>'


def _end(node: Node, found: "Sentence") -> str:
    """What became of a hypothesis that goes no further."""
    if node.rank is not None:
        score = number(found.alternatives[node.rank].score, 3) if node.rank < len(found.alternatives) else ""
        name = f"✓ {both('won', '선택됨')}" if node.rank == 0 else f"{node.rank + 1}."
        cut = "" if node.ended else f" ({both('cut off', '잘림')})"
        return f'<span class="rnn-rank">{name} {both("score", "점수")} {html.escape(score)}{cut}</span>'
    if not node.children:
        return f'<span class="rnn-cut">✕ {node.until}</span>'
    return ""
