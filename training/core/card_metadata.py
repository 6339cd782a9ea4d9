"""The front matter of a model's card: YAML at its top, for the places that file models by it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from training.data.records import PublicDataset

# Data that ask for nothing leave the weights under the licence of this repository.
FREE = ("CC0 1.0", "public domain", "none needed")
OWN_LICENCE = "apache-2.0"


def metadata(
    task: str, pipeline: str, public: Mapping[str, PublicDataset], scores: Mapping[str, Any]
) -> dict[str, Any]:
    """Licence, language and the rest, from what scores.json says of the data.

    Args:
        task: the first part of a bundle's name.
        pipeline: what the Hugging Face Hub calls the task.
        public: the task's public data sets by name.
        scores: with `dataset` and `licence`; of a translator also `source_language` and `target_language`, of questions
            in several languages `question_languages`.
    """
    # A file of one's own may have the name of a public data set.
    own = scores["licence"].endswith("own")
    dataset = PublicDataset() if own else public.get(scores["dataset"], PublicDataset())
    languages = [scores.get("source_language"), scores.get("target_language")]
    languages = [code for code in languages if code and re.fullmatch("[a-z]{2,3}", code)]
    if not languages:
        languages = scores.get("question_languages") or ([dataset.language] if dataset.language else [])
    return {
        **_licence(dataset, scores["licence"]),
        **({"language": languages} if languages else {}),
        "library_name": "keras",
        "pipeline_tag": pipeline,
        **({"datasets": [dataset.hub_id]} if dataset.hub_id else {}),
        "tags": ["rnn", "recurrent-neural-network", task.replace("_", "-")],
    }


def front_matter(task: str, pipeline: str, public: Mapping[str, PublicDataset], scores: Mapping[str, Any]) -> list[str]:
    """The same as lines, with the dashes around them and an empty line below."""
    lines = []
    for name, value in metadata(task, pipeline, public, scores).items():
        if isinstance(value, list):
            lines += [f"{name}:", *(f"- {_quoted(item)}" for item in value)]
        else:
            lines.append(f"{name}: {_quoted(value)}")
    return ["---", *lines, "---", ""]


def _licence(dataset: PublicDataset, of_the_data: str) -> dict[str, str]:
    if of_the_data.startswith(FREE) or of_the_data.lower() == OWN_LICENCE:
        return {"license": OWN_LICENCE}
    name, link = dataset.licence_name or "that-of-the-training-data", dataset.licence_link
    return {"license": "other", "license_name": name, **({"license_link": link} if link else {})}


def _quoted(value: str) -> str:
    """A text as YAML reads it: "no", the code of Norwegian, would else be read as false."""
    plain = re.fullmatch(r"[A-Za-z][\w./:~-]*", value) and value.lower() not in ("no", "yes", "on", "off", "y", "n")
    return value if plain else json.dumps(value, ensure_ascii=False)
