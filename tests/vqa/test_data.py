"""Questions about pictures: your own table, hostile tables, and the public sets as they are read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.data.errors import DataError
from training.vqa import data
from training.vqa.data import kind_of, load_questions, own_questions, read_questions


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for n in range(20):
        Image.fromarray(np.full((8, 8, 3), 12 * n, "uint8")).save(folder / f"{n}.png")
    return folder


def table(path: Path, rows: list[str], header: str = "image,question,answer") -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_your_own_table(tmp_path, images):
    rows = [f'{n}.png,"is it dark, or {word}?",{"yes" if n < 10 else "no"}' for n in range(20) for word in ("a", "b")]
    found = own_questions(table(tmp_path / "mine.csv", rows), images)
    parts = [found.train, found.validation, found.test]
    assert found.name == "mine" and sum(len(part.questions) for part in parts) == 40
    pictures = [{path.name for path in part.pictures} for part in parts]
    assert not pictures[0] & pictures[2] and sum(map(len, pictures)) == 20
    for part in parts:
        assert part.kinds == ["yes or no"] * len(part.questions) and part.rows.max() == len(part.pictures) - 1
        for row, answer in zip(part.rows, part.answers, strict=True):
            assert answer == ("yes" if int(Path(part.pictures[row]).stem) < 10 else "no")
    again = own_questions(table(tmp_path / "mine.csv", rows[::-1]), images)
    assert {p.name for p in again.test.pictures} == pictures[2]


def test_columns_may_have_other_names_and_order(tmp_path):
    path = table(tmp_path / "mine.tsv", ["2\twhere\t1.png"], "답\t질문\t그림")
    assert read_questions(path) == [("1.png", "where", "2")]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([], "image,question,answer", "no rows"),
        (["1.png,what"], "image,question,answer", "line 2"),
        (["1.png,,yes"], "image,question,answer", "line 2: the question is empty"),
        (["1.png,what, "], "image,question,answer", "the answer is empty"),
        (["1.png,what,yes"], "image,text,reply", "expected the columns image, question and answer"),
        (["nobody.png,what,yes"], "image,question,answer", "no picture 'nobody.png'"),
        (["../secret.png,what,yes"], "image,question,answer", "outside of the folder"),
        (["/etc/passwd,what,yes"], "image,question,answer", "outside of the folder"),
        (["1.png,what,yes", "2.png,what,no"], "image,question,answer", "too few pictures"),
        (["1.png,wh\0at,yes"], "image,question,answer", "NUL"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, images, rows, header, message):
    with pytest.raises(DataError, match=message):
        own_questions(table(tmp_path / "bad.csv", rows, header), images)


def test_no_file_an_empty_file_and_no_folder(tmp_path, images):
    with pytest.raises(DataError, match="There is no file"):
        own_questions(tmp_path / "none.csv", images)
    (tmp_path / "empty.csv").write_text("\n")
    with pytest.raises(DataError, match="is empty"):
        own_questions(tmp_path / "empty.csv", images)
    with pytest.raises(DataError, match="There is no folder"):
        own_questions(table(tmp_path / "mine.csv", ["1.png,a,b"]), tmp_path / "nowhere")
    with pytest.raises(ValueError, match="Unknown set of questions 'vqa2'"):
        load_questions("vqa2")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how many chairs are there", "how many"),
        ("What colour is the wall", "colour"),
        ("what is the color of the wall", "colour"),
        ("is there a chair", "yes or no"),
        ("what is on the desk", "object"),
        ("", "object"),
    ],
)
def test_the_kind_of_a_question(question, kind):
    assert kind_of(question) == kind


def pictures(folder: Path, names: list[str], suffix: str) -> None:
    folder.mkdir(parents=True)
    for n, name in enumerate(names):
        Image.fromarray(np.full((4, 4, 3), n, "uint8")).save(folder / f"{name}{suffix}")


def test_daquar_from_a_folder_and_from_the_public_files_is_the_same(tmp_path, monkeypatch):
    names = [f"image{n}" for n in range(8)]
    questions = {name: [("what is behind the desk", "chair"), ("how many lamps are there", "2")] for name in names}
    questions["image7"] = [("what is on the desk", "book, lamp")]
    given = tmp_path / "data" / "daquar"
    pictures(given / "images", names, ".jpg")
    for split, part in (("train", names[:6]), ("test", names[6:])):
        rows = [f"{name}\t{question}\t{answer}" for name in part for question, answer in questions[name]]
        table(given / f"qa_{split}.tsv", rows, "image\tquestion\tanswer")
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path / "data"))
    one = load_questions("daquar")
    assert len(one.test.questions) == 3 and one.test.kinds == ["object", "how many", "object"]
    assert len(one.train.questions) + len(one.validation.questions) == 12
    assert "1 answers of test are lists" in one.notes[-1]

    public = tmp_path / "public" / "dataset"
    pictures(public / "images", names, ".png")
    lines = [line for name in names for q, a in questions[name] for line in (f"{q} in the {name} ?", a)]
    (public / "all_qa_pairs.txt").write_text("\n".join(lines))
    for split, part in (("train", names[:6]), ("test", names[6:])):
        (public / f"{split}_images_list.txt").write_text("\n".join(part))
    monkeypatch.delenv("RNN_DATA_DIR")
    monkeypatch.setattr(data, "fetch_folder", lambda archive, name: public.parent)
    other = load_questions("daquar")
    for split in ("train", "validation", "test"):
        first, second = getattr(one, split), getattr(other, split)
        assert sorted(first.questions + first.answers) == sorted(second.questions + second.answers)
    (public / "images" / "image3.png").unlink()
    with pytest.raises(DataError, match="no picture 'image3'"):
        load_questions("daquar")


def test_easy_vqa(tmp_path, monkeypatch):
    home = tmp_path / "easy_vqa"
    for split, count in (("train", 30), ("test", 4)):
        pictures(home / "data" / split / "images", [str(n) for n in range(count)], ".png")
        rows = [["what color is the shape?", "red", n] for n in range(count)]
        (home / "data" / split / "questions.json").write_text(json.dumps(rows))
    (home / "__init__.py").write_text("raise RuntimeError('nothing of it is run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = load_questions("easy-vqa")
    assert len(found.train.questions) + len(found.validation.questions) == 30 and len(found.test.questions) == 4
    assert "1 different questions; 0 of test" in found.notes[-1]


def test_easy_vqa_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(data.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install easy-vqa"):
        load_questions("easy-vqa")
