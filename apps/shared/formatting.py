"""How numbers and unseen characters are written on the pages."""

import html

_SIGNS = {"\n": "↵", "\t": "⇥"}


def number(value: float, decimals: int = 2) -> str:
    """Two decimals (or another count) with a true minus sign; a rounded zero has no sign."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float, decimals: int = 2) -> str:
    """As `number`, with a plus sign above zero."""
    text = number(value, decimals)
    return f"+{text}" if value > 0 and float(text) > 0 else text


def percent(probability: float) -> str:
    """12.5 %, or <0.1 % where that would say 0; as HTML."""
    return f"{100 * probability:.1f} %" if probability >= 0.0005 else "&lt;0.1 %"


def sign(character: str) -> str:
    """Something to see for a line end, a tab or a control character."""
    code = ord(character[0])
    return _SIGNS.get(character) or (chr(0x2400 + code) if code < 32 else "␡" if code == 127 else character)


def visible(text: str) -> str:
    """The text with control characters to be seen; line ends stay what they are."""
    return "".join(character if character == "\n" else sign(character) for character in text)


def token_html(token: str) -> str:
    """A token as it stands on the page, as HTML: without the sign that begins a word; a lone one is a space."""
    return html.escape(visible(token.removeprefix("▁") or "␣"))
