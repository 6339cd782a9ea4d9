"""The translator as a tool for assistants."""

import json

from apps.translation import inference


def translate(text: str, model: str = "", beam: int = 5, length_penalty: float = 1.0) -> str:
    """Translate a text with a small recurrent network with attention, sentence by sentence; the model's name says from
    which language into which (de-en: German to English). It knows everyday sentences; on others it can be badly wrong.
    Returns a JSON object: text, score (the log-probability, by which the search ranks), the model, and hints: reasons
    why it may only be guessing.

    Args:
        text: What is to be translated, at most 2,000 characters and 40 sentences.
        model: One of the models named above; "" takes the default.
        beam: How many hypotheses the search keeps, 1 (greedy) to 10.
        length_penalty: 0 to 2; the higher, the longer the translations.
    """
    found = inference.translate(text, model, beam, length_penalty)
    return json.dumps({name: found[name] for name in ("text", "score", "model", "hints")}, ensure_ascii=False)
