"""What the page calls a cell, and what marks it in every figure."""

from apps.shared.languages import label, marked

VANILLA = label("vanilla RNN", "기본 RNN")
TITLES = {"vanilla": VANILLA, "lstm": "LSTM", "gru": "GRU", "mlstm": "mLSTM", "slstm": "sLSTM", "rg_lru": "RG-LRU"}
UPPER = ("lstm", "gru", "mut", "mgu", "irnn", "sru")


def title(cell: str) -> str:
    """The name of a cell as plain text, such as "NIG LSTM"."""
    if cell in TITLES:
        return TITLES[cell]
    words = (word.upper() if word.startswith(UPPER) or len(word) < 5 else word for word in cell.split("_"))
    return " ".join(words).replace("INDRNN", "IndRNN").replace("indrnn", "IndRNN").replace("MIN ", "min")


def title_html(cell: str) -> str:
    """The same as HTML."""
    return marked(title(cell))
