"""What a captioner may be made of."""

from typing import Any

from rnn_models.layers.cells import CELLS

ATTENTIONS = ("none", "soft", "hard")
INJECTIONS = ("h0", "first", "per_step", "merge")


def check_settings(settings: dict[str, Any]) -> None:
    """Raise ValueError for settings of a `Captioner` that make no sense; says which, and what is expected."""
    for name, known in (("cell", CELLS), ("attention", ATTENTIONS), ("inject", INJECTIONS)):
        if settings[name] not in known:
            raise ValueError(f"{name} is {settings[name]!r}; expected one of {', '.join(known)}.")
    rows, columns = settings["places"]
    numbers = {name: settings[name] for name in ("depth", "embedding", "attention_units", "max_words")}
    for name, value in {**numbers, "places": rows, "places (columns)": columns}.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}; expected a whole number, 1 or more.")
    if isinstance(settings["features"], bool) or not isinstance(settings["features"], int) or settings["features"] < 0:
        raise ValueError(f"features is {settings['features']!r}; expected a whole number, 0 or more.")
    if settings["tied"] and _output_width(settings) != settings["embedding"]:
        raise ValueError(
            f"tied needs outputs as wide as the embedding, {settings['embedding']}; without a readout they have the "
            f"state's width, {settings['units']}. Use readout=True, tied=False, or one width."
        )


def _output_width(settings: dict) -> int:
    """How wide the outputs are that the output layer reads."""
    plain = not settings["readout"] and settings["inject"] != "merge"
    return settings["units"] if plain else settings["embedding"]
