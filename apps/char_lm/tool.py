"""The character model as a tool for assistants."""

from apps.char_lm import inference


def generate_text(
    prompt: str = "",
    model: str = "",
    length: int = 200,
    temperature: float = 0.8,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 1,
) -> str:
    """Continue a text with a small character-level recurrent network. It writes in the style of what it was trained on
    (Shakespeare, source code, Korean reviews: see its name), letter by letter; it follows no instructions and knows no
    facts. Returns the continuation without the prompt.

    Args:
        prompt: What the text begins with, at most 1,000 characters, in the style of the training text.
        model: One of the models named above; "" takes the default.
        length: How many characters to write, 1 to 2,000.
        temperature: 0 to 100; lower is safer, higher is wilder, 1 is the model's own distribution.
        top_k: Draw among this many likeliest characters only; 0 for all.
        top_p: Draw among the likeliest that have this probability together; 1 for all.
        seed: The same seed gives the same text; 0 to 4294967295.
    """
    return inference.generate(prompt, model, length, temperature, top_k, top_p, seed)
