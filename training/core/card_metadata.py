"""What stands in YAML at the top of a model's card, for the places that file models by it.

A training script writes it with the rest of the card. For bundles that are there already:

    python -m training.core.card_metadata pretrained/*/*
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PIPELINES = {
    "captioning": "image-to-text",
    "char_lm": "text-generation",
    "sentiment": "text-classification",
    "translation": "translation",
}
# The names of the data sets on the Hugging Face Hub, and the language of those that have one. "code" is theirs, too.
DATASETS = {
    "flickr8k": "jxie/flickr8k",
    "imdb": "stanfordnlp/imdb",
    "multi30k": "bentrevett/multi30k",
    "nsmc": "e9t/nsmc",
    "shakespeare": "karpathy/tiny_shakespeare",
}
LANGUAGES = {
    "flickr8k": "en",
    "imdb": "en",
    "linux": "code",
    "nsmc": "ko",
    "python": "code",
    "scenes": "en",
    "shakespeare": "en",
    "warpeace": "en",
}
# Data that ask for nothing leave the weights under the licence of this repository.
FREE = ("CC0 1.0", "public domain", "none needed")
OWN_LICENCE = "apache-2.0"
# Other terms: a name for them, and where they stand, if that has an address.
TERMS = {
    "flickr8k": ("flickr8k-research-only", ""),
    "imdb": ("imdb-reviews-research", "https://ai.stanford.edu/~amaas/data/sentiment/"),
    "multi30k": ("flickr30k-research-only", "https://github.com/multi30k/dataset/issues/8"),
    "linux": ("gpl-2.0-data", "https://www.kernel.org/doc/html/latest/process/license-rules.html"),
    "python": ("psf-2.0-data", "https://docs.python.org/3/license.html"),
}


def metadata(task: str, scores: dict[str, Any]) -> dict[str, Any]:
    """Licence, language and the rest, from what scores.json says of the data.

    Args:
        task: the first part of a bundle's name.
        scores: with `dataset` and `licence`; of a translator also `source_language` and `target_language`.
    """
    # A file of one's own may be called as a public data set is.
    dataset = "" if scores["licence"].endswith("own") else scores["dataset"]
    languages = [scores.get("source_language"), scores.get("target_language")]
    languages = [code for code in languages if code and re.fullmatch("[a-z]{2,3}", code)]
    if not languages and dataset in LANGUAGES:
        languages = [LANGUAGES[dataset]]
    return {
        **_licence(dataset, scores["licence"]),
        **({"language": languages} if languages else {}),
        "library_name": "keras",
        "pipeline_tag": PIPELINES[task],
        **({"datasets": [DATASETS[dataset]]} if dataset in DATASETS else {}),
        "tags": ["rnn", "recurrent-neural-network", task.replace("_", "-")],
    }


def front_matter(task: str, scores: dict[str, Any]) -> list[str]:
    """The same as lines, with the dashes around them and an empty line below."""
    lines = []
    for name, value in metadata(task, scores).items():
        if isinstance(value, list):
            lines += [f"{name}:", *(f"- {_quoted(item)}" for item in value)]
        else:
            lines.append(f"{name}: {_quoted(value)}")
    return ["---", *lines, "---", ""]


def _licence(dataset: str, of_the_data: str) -> dict[str, str]:
    if of_the_data.startswith(FREE):
        return {"license": OWN_LICENCE}
    if dataset in TERMS:
        name, link = TERMS[dataset]
        return {"license": "other", "license_name": name, **({"license_link": link} if link else {})}
    return {"license": "other", "license_name": "that-of-the-training-data"}


def _quoted(value: str) -> str:
    """A text as YAML reads it: "no", the code of Norwegian, would else be read as false."""
    plain = re.fullmatch(r"[A-Za-z][\w./:~-]*", value) and value.lower() not in ("no", "yes", "on", "off", "y", "n")
    return value if plain else json.dumps(value, ensure_ascii=False)


# For bundles that are there ----------------------------------------------------------------------------


def renew(folder: Path) -> bool:
    """Put what belongs there at the top of a bundle's card, in place of what stood there; gives whether it changed.

    Raises:
        ValueError: the folder is no bundle whose files are as they were saved.
    """
    from rnn_models import checksums

    checksums.check(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8")
    body = re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.DOTALL)
    fresh = "\n".join([*front_matter(config["task"], scores), body])
    if fresh == text:
        return False
    card.write_text(fresh, encoding="utf-8")
    checksums.write(folder)
    return True


def main(arguments: Sequence[str] | None = None) -> None:
    """Renew the cards of the folders on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.core.card_metadata", description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="BUNDLE", help="such as pretrained/sentiment/nsmc")
    for folder in parser.parse_args(arguments).folders:
        try:
            print(f"{folder}: {'renewed' if renew(folder) else 'was right'}")
        except (OSError, ValueError, KeyError) as error:
            sys.exit(f"error: {folder}: {error}")


if __name__ == "__main__":
    main()
