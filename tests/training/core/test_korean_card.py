"""The Korean part of a trained model's card, written and written anew."""

import importlib
import json
from pathlib import Path

import pytest

from apps.shared import model_cards, models
from rnn_models import checksums
from rnn_models.files import sha256
from training.core import korean_card

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted(path.parent for path in (ROOT / "pretrained").glob("*/*/config.json"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_shipped_cards_say_in_korean_what_their_bundles_hold(folder):
    card = importlib.import_module(f"training.{folder.parent.name}.card")
    config, scores = (json.loads((folder / name).read_text("utf-8")) for name in ("config.json", "scores.json"))
    lines, shown = card.in_korean(config["model"], scores), (folder / "README.md").read_text("utf-8")
    assert korean_card.replaced(shown, lines) == shown
    assert f"{scores['parameters']:,}" in "".join(lines)


def test_a_card_is_written_anew_and_all_else_stays(tmp_path):
    names = ("config.json", "scores.json", "README.md")
    for name in names:
        (tmp_path / name).write_bytes((SHIPPED[0] / name).read_bytes())
    old = (tmp_path / "README.md").read_text("utf-8")
    (tmp_path / "README.md").write_text(old.replace("- 구조", "- 모양") + "\n## A sample\n\nx\n", "utf-8")
    with pytest.raises(ValueError, match="SHA256SUMS is missing"):
        korean_card.rewrite_card(SHIPPED[0].parent.name, tmp_path)
    checksums.write(tmp_path)
    sums = [sha256(tmp_path / name) for name in names[:2]]
    korean_card.rewrite_card(SHIPPED[0].parent.name, tmp_path)
    assert (tmp_path / "README.md").read_text("utf-8") == old + "\n## A sample\n\nx\n"
    assert [sha256(tmp_path / name) for name in names[:2]] == sums
    checksums.check(tmp_path)
    with pytest.raises(ValueError, match="no part"):
        korean_card.replaced("# a/b\n\nEnglish.\n", ["x"])


def test_the_pages_mark_what_is_english_and_what_is_korean(monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(ROOT / "pretrained"))
    shown = models.card("char_lm/python", "char_lm")
    english, korean = shown.index("A character-level language model"), shown.index("앞의 모든 글자")
    assert shown[:english].endswith('<div lang="en">\n\n') and shown[:korean].endswith('<div lang="ko">\n\n')
    assert "| 531,644 | 1.4509 |" in shown and '<span lang="ko">혼란도</span>' in shown
    table, sample = shown.index("| 531,644"), shown.index("````text")
    for place in (table, sample):
        assert shown[:place].count("<div lang") == shown[:place].count("</div>")
    assert model_cards.marked("# a/b\n\nMine.\n") == '# a/b\n\n<div lang="en">\n\nMine.\n\n</div>\n'
