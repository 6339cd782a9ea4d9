"""English and Korean beside each other, so marked that the page can show one of them alone, and lose nothing else.

    both        HTML: two elements, `lang="en"` and `lang="ko"`, which CSS hides
    sentences   the same for whole sentences, the Korean on a line of its own
    markdown    the same for paragraphs of Markdown
    label       plain text, for Gradio's labels, menus and buttons: the page's script knows every pair that was made

What belongs to both languages, numbers above all, stands outside of them.
"""

import html
import json
import re

SEPARATOR = " · "
_labels: dict[str, tuple[str, str]] = {}

GRADIO = {
    "Drop Image Here": "사진을 여기에 놓으세요",
    "Drop File Here": "파일을 여기에 놓으세요",
    "Click to Upload": "눌러서 올리기",
    "- or -": "- 또는 -",
    "or": "또는",
    "Error": "오류",
    "Use via API": "API로 사용",
    "Use via API or MCP": "API 또는 MCP로 사용",
    "Settings": "설정",
    "Loading...": "불러오는 중…",
    "Upload file": "파일 올리기",
    "Upload": "올리기",
    "Clear": "지우기",
    "Reset to default value": "처음 값으로",
    "Fullscreen": "전체 화면",
    "Capture from camera": "카메라로 찍기",
    "Paste from clipboard": "클립보드에서 붙여 넣기",
    "No options": "선택할 것이 없음",
    "Close": "닫기",
    "Remove Image": "사진 지우기",
    "Gradio footer navigation": "아래쪽 메뉴",
}
GRADIO_NAMES = {
    "processing": "처리 중",
    "queue: ": "대기 순서: ",
    "number input for ": "숫자 입력: ",
    "range slider for ": "슬라이더: ",
    "Reset to default value for ": "처음 값으로: ",
}
"""What Gradio itself writes on the pages, and before names of ours, and the same in Korean."""


def both(english: str, korean: str) -> str:
    """Two words or names, as HTML on one line; what is given is HTML."""
    parts = f'<span lang="en">{english}</span><i>{SEPARATOR}</i><span lang="ko">{korean}</span>'
    return f'<span class="rnn-both">{parts}</span>'


def sentences(english: str, korean: str) -> str:
    """Sentences as HTML, the Korean ones on a line of their own; what is given is HTML."""
    return f'<span lang="en">{english}</span> <span lang="ko">{korean}</span>'


def markdown(english: str, korean: str) -> str:
    """Paragraphs of Markdown."""
    return "\n\n".join(
        f'<div lang="{language}">\n\n{text.strip()}\n\n</div>' for language, text in (("en", english), ("ko", korean))
    )


def label(english: str, korean: str) -> str:
    """Plain text in both languages, "English · 한국어". It must be made before the app is served."""
    text = f"{english}{SEPARATOR}{korean}"
    _labels[text] = (english, korean)
    return text


def halves(text: str) -> tuple[str, str]:
    """A `label` as its English and its Korean half; any other text twice."""
    return _labels.get(text, (text, text))


def html_of(text: str) -> str:
    """A `label` as HTML for `both`; any other text as it is."""
    return both(*_labels[text]) if text in _labels else text


def marked(text: str) -> str:
    """Plain text with any number of `label`s in it, as HTML."""
    if SEPARATOR not in text or not _labels:
        return html.escape(text)
    longest_first = sorted(_labels, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
    return "".join(
        both(*map(html.escape, _labels[piece])) if piece in _labels else html.escape(piece) for piece in pieces
    )


def script() -> str:
    """JavaScript that tells the page of all labels, and of Gradio's own texts."""
    known = {"labels": _labels, "gradio": GRADIO, "before": GRADIO_NAMES}
    return f"window.rnnTexts = {json.dumps(known, ensure_ascii=False)};".replace("<", "\\u003c")
