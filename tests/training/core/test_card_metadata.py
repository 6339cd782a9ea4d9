"""What the cards of trained models say to machines."""

import importlib
import json
from pathlib import Path

import pytest
import yaml

from apps.shared import models
from rnn_models import bundles
from training.core import card_metadata

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted(path.parent for path in (ROOT / "pretrained").glob("*/*/config.json"))


def said_by(task: str, scores: dict) -> tuple:
    """The arguments of `metadata` and `front_matter`."""
    pipeline = importlib.import_module(f"training.{task}.config").PIPELINE
    return task, pipeline, importlib.import_module(f"training.{task}.data").PUBLIC, scores


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_shipped_cards_say_what_their_scores_say(folder):
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    lines = card_metadata.front_matter(*said_by(folder.parent.name, scores))
    top = "\n".join(lines)
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"{top}\n# ")
    found = yaml.safe_load(top.replace("---", ""))
    assert found == card_metadata.metadata(*said_by(folder.parent.name, scores))
    assert found["library_name"] == "keras" and found["license"] in ("apache-2.0", "other")
    assert (found["license"] == "other") == ("license_name" in found)


UNSHIPPED = {"glimpses"}
"""Tasks without a shipped model; a `GlimpseReader` lies in the folder digits."""


def test_every_task_has_shipped_cards():
    assert {folder.parent.name for folder in SHIPPED} == set(bundles.TASKS) - UNSHIPPED


def scores(**changed):
    return {"dataset": "nsmc", "licence": "CC0 1.0"} | changed


def test_free_data_leave_the_weights_under_our_own_licence():
    assert card_metadata.metadata(*said_by("sentiment", scores())) == {
        "license": "apache-2.0",
        "language": ["ko"],
        "library_name": "keras",
        "pipeline_tag": "text-classification",
        "datasets": ["e9t/nsmc"],
        "tags": ["rnn", "recurrent-neural-network", "sentiment"],
    }


def test_questions_in_two_languages_name_both():
    found = scores(dataset="scenes", licence="none needed", question_languages=["en", "ko"])
    assert card_metadata.metadata(*said_by("vqa", found))["language"] == ["en", "ko"]


def test_a_file_of_ones_own_is_not_taken_for_the_public_data_of_its_name():
    found = card_metadata.metadata(*said_by("char_lm", scores(dataset="linux", licence="the text's own")))
    assert found["license_name"] == "that-of-the-training-data"
    assert not {"datasets", "language", "license_link"} & set(found)


def test_languages_are_those_of_a_translator_and_survive_yaml():
    told = scores(dataset="multi30k", licence="x", source_language="no", target_language="en")
    top = "\n".join(card_metadata.front_matter(*said_by("translation", told)))
    assert yaml.safe_load(top.replace("---", ""))["language"] == ["no", "en"]
    digits = scores(dataset="reverse", licence="none needed", source_language="digits", target_language="digits")
    assert "language" not in card_metadata.metadata(*said_by("translation", digits))


def test_the_pages_show_the_card_without_what_it_says_to_machines(monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(ROOT / "pretrained"))
    assert models.card("sentiment/nsmc", "sentiment").startswith("# sentiment/nsmc\n")
