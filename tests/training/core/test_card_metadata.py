"""What the cards of trained models say to machines."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from apps.shared import models
from rnn_models import bundles, checksums
from training.core import card_metadata

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted(path.parent for path in (ROOT / "pretrained").glob("*/*/config.json"))


def top_of(card: str) -> dict:
    _, top, rest = card.split("---\n", 2)
    assert rest.startswith("\n# ")
    return yaml.safe_load(top)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_shipped_cards_say_what_their_scores_say(folder):
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    found = top_of((folder / "README.md").read_text(encoding="utf-8"))
    assert found == card_metadata.metadata(folder.parent.name, scores), (
        "python -m training.core.card_metadata pretrained/*/*"
    )
    assert found["library_name"] == "keras" and found["license"] in ("apache-2.0", "other")
    assert (found["license"] == "other") == ("license_name" in found)


def test_there_are_shipped_cards():
    assert len(SHIPPED) >= 8


def scores(**changed):
    return {"dataset": "nsmc", "licence": "CC0 1.0"} | changed


def test_free_data_leave_the_weights_under_our_own_licence():
    assert card_metadata.metadata("sentiment", scores()) == {
        "license": "apache-2.0",
        "language": ["ko"],
        "library_name": "keras",
        "pipeline_tag": "text-classification",
        "datasets": ["e9t/nsmc"],
        "tags": ["rnn", "recurrent-neural-network", "sentiment"],
    }


def test_a_file_of_ones_own_is_not_taken_for_the_public_data_of_its_name():
    found = card_metadata.metadata("char_lm", scores(dataset="imdb", licence="the text's own"))
    assert found["license_name"] == "that-of-the-training-data"
    assert not {"datasets", "language", "license_link"} & set(found)


def test_languages_are_those_of_a_translator_and_survive_yaml():
    told = scores(dataset="multi30k", licence="x", source_language="no", target_language="en")
    assert top_of("\n".join([*card_metadata.front_matter("translation", told), "# x"]))["language"] == ["no", "en"]
    digits = scores(dataset="reverse", licence="none needed", source_language="digits", target_language="digits")
    assert "language" not in card_metadata.metadata("translation", digits)


def test_every_task_has_a_pipeline():
    assert set(card_metadata.PIPELINES) == set(bundles.TASKS)


def test_a_card_is_renewed_with_its_sums(tmp_path, capsys):
    folder = tmp_path / "bundle"
    shutil.copytree(ROOT / "pretrained/sentiment/nsmc", folder)
    right = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(right.split("---\n\n", 1)[1], encoding="utf-8")
    checksums.write(folder)
    card_metadata.main([str(folder), str(folder)])
    assert capsys.readouterr().out == f"{folder}: renewed\n{folder}: was right\n"
    assert (folder / "README.md").read_text(encoding="utf-8") == right
    checksums.check(folder)


def test_a_damaged_bundle_is_not_renewed(tmp_path):
    shutil.copytree(ROOT / "pretrained/translation/reverse", tmp_path / "bundle")
    (tmp_path / "bundle" / "scores.json").write_text("{}")
    with pytest.raises(SystemExit, match="error: .*scores.json"):
        card_metadata.main([str(tmp_path / "bundle")])


def test_the_pages_show_the_card_without_what_it_says_to_machines(monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(ROOT / "pretrained"))
    assert models.card("sentiment/nsmc", "sentiment").startswith("# sentiment/nsmc\n")
