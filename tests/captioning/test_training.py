"""Training a captioner: its options, a run from end to end, albums, pictures that are drawn once."""

import csv
import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import rnn_models
from rnn_models import Captioner, open_picture, save_bundle
from tests.support.gradients import numpy
from tests.support.small_captioners import WORDS
from training.captioning.commands import main
from training.captioning.config import SCRIPT, Train
from training.captioning.finish import begun_by
from training.captioning.ood_report import texture
from training.captioning.reference_set import drawn, typical
from training.data.scenes.checks import is_correct
from training.data.scenes.dataset import scene_pictures
from training.data.scenes.grammar import all_captions
from training.data.scenes.scene import draw, make_scenes


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"units": 0}, "--units: got 0"),
        ({"features": -1}, "--features: got -1"),
        ({"dropout": 1.0}, "--dropout: got 1.0"),
        ({"penalty": -1.0}, "--penalty: got -1.0"),
        ({"images": "photos"}, "--images FOLDER and --captions FILE together"),
        ({"epochs": 0}, "--epochs: got 0"),
        ({"epochs": 0, "start": "captioning/flickr8k-soft"}, "--epochs: got 0"),
        ({"epochs": -1, "start": "captioning/flickr8k-soft", "self_critical_epochs": 1}, "--epochs: got -1"),
    ],
)
def test_options_out_of_range_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        Train(**options).check()


def test_a_data_set_brings_its_own_defaults():
    options = SCRIPT.parse(["train", "--dataset", "scenes"])
    assert options.grid == "14x14" and not options.flips
    assert SCRIPT.command_line(options) == "python -m training.captioning train --dataset scenes"


@pytest.fixture
def no_java(monkeypatch):
    """METEOR, which is tested elsewhere, reads its tables for seconds each time."""
    monkeypatch.setattr("training.metrics.captioning.java_found", lambda: False)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder of 24 drawn pictures, one of them broken, and a table of captions."""
    folder = tmp_path_factory.mktemp("photographs")
    rows = ["image,caption"]
    for n, scene in enumerate(make_scenes(24, seed=5)):
        Image.fromarray(draw(scene, 64)).save(folder / f"{n:02d}.png")
        rows += [f'{n:02d}.png,"{text}"' for text in all_captions(scene)[:3]]
    table = folder / "captions.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder, table


@pytest.mark.usefixtures("no_java")
def test_a_run_leaves_a_bundle_that_describes_a_folder(photographs, tmp_path, capsys):
    folder, table = photographs
    own = ["--images", str(folder), "--captions", str(table), "--features-dir", str(tmp_path / "features")]
    small = ["--units", "8", "--embedding", "8", "--features", "8", "--attention-units", "4", "--least", "1"]
    run = ["--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "bundle"), "--beam", "2"]
    run += ["--album-pictures", "20"]
    main(["train", *own, *small, *run, "--batch-size", "4", "--epochs", "1", "--self-critical-epochs", "1"])
    assert {"config.json", "log.csv", "curve.png", "samples.txt", "scores.json"} <= set(os.listdir(tmp_path / "run"))
    assert (tmp_path / "run" / "self-critical" / "log.csv").is_file()
    model = rnn_models.load(tmp_path / "bundle")
    assert model.scores["pictures"] == {"train": 21, "validation": 1, "test": 2}
    assert "python -m training.captioning train" in model.card and "한국어" in model.card
    assert "strangeness" not in model.card  # measured on photographs only
    (caption,) = model.caption([folder / "00.png"], beam=2)
    assert caption.nearest is not None and caption.attention.shape[1] == 49
    assert len(model.reference_set.captions) == 20
    shown = capsys.readouterr().out
    assert "CIDEr-D" in shown and "greedy captions of 1 validation pictures" in shown

    broken = folder / "broken.jpg"
    broken.write_bytes(b"no picture")
    main(["describe", str(tmp_path / "bundle"), "--images", str(folder), "--output", str(tmp_path / "out.csv")])
    broken.unlink()
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == [f"{n:02d}.png" for n in range(24)]
    assert rows[0]["caption"] == model.caption(folder / "00.png").text
    assert "broken.jpg" in capsys.readouterr().err

    main(["evaluate", str(tmp_path / "bundle"), *own, "--split", "test", "--beam", "2"])
    alone = capsys.readouterr().out
    assert "2 pictures, beam 2" in alone
    main(["evaluate", str(tmp_path / "bundle"), str(tmp_path / "bundle"), *own, "--split", "test", "--beam", "2"])
    assert capsys.readouterr().out == alone  # with itself it writes what it writes alone


@pytest.mark.usefixtures("no_java")
def test_a_run_may_begin_with_a_bundle(photographs, tmp_path):
    folder, table = photographs
    widths = {"units": 8, "embedding": 8, "features": 8, "attention_units": 4}
    soft = Captioner(WORDS, attention="soft", batch_norm=True, **widths)
    soft.build()
    save_bundle(soft, tmp_path / "soft", {"command": "train second", "begun_by": ["train first"]}, "# soft")
    options = ["--images", str(folder), "--captions", str(table), "--features-dir", str(tmp_path / "features")]
    options += ["--start", str(tmp_path / "soft"), "--batch-size", "4", "--epochs", "0"]
    options += ["--self-critical-epochs", "1", "--self-critical-rate", "1e-9"]
    options += ["--no-album", *(f"--{name.replace('_', '-')}={width}" for name, width in widths.items())]
    run = ["--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "hard")]
    main(["train", *options, *run, "--attention", "hard"])
    assert not (tmp_path / "run" / "log.csv").exists() and (tmp_path / "run" / "self-critical" / "log.csv").exists()
    hard = rnn_models.load(tmp_path / "hard")
    assert hard.settings["attention"] == "hard" and hard.tokenizer.get_config() == WORDS.get_config()
    learnt = {variable.path.partition("/")[2]: variable for variable in soft.trainable_variables}
    assert len(learnt) == len(hard.trainable_variables)
    assert hard.scores["begun_by"] == ["train first", "train second"]
    made = ["Made by: `python -m training", "Begun with the weights made by: `train second`", "made by: `train first`"]
    places = [hard.card.index(words) for words in made]
    assert places == sorted(places)
    for variable in hard.trainable_variables:
        expected = numpy(learnt[variable.path.partition("/")[2]])
        np.testing.assert_allclose(numpy(variable), expected, rtol=0.017, atol=1e-6)  # as a bundle rounds
    other = ["--run-dir", str(tmp_path / "other")]
    for changed, told in (
        ("--units=9", "units is 8 there and 9 here"),
        ("--attention=none", "gate is True there and False here"),
        ("--tokens=subwords --self-critical-epochs=0 --epochs=1", "writes words, not subwords"),
    ):
        with pytest.raises(SystemExit, match=told):
            main(["train", *options, *other, *changed.split()])
        assert not (tmp_path / "other").exists()


def test_weights_of_which_nothing_is_told_have_no_command():
    assert begun_by(None) == begun_by(SimpleNamespace(scores={})) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "--images", "nowhere", "--captions", "none.csv"], "There is no folder"),
        (["train", "--images", "nowhere"], "together"),
        (["evaluate", "sentiment/nsmc"], "no captioner"),
        (["evaluate"], "a bundle's folder or name"),
        (["describe", "nothing", "--images", "nowhere"], "no bundle 'nothing'"),
    ],
)
def test_mistakes_end_with_one_line(arguments, told, tmp_path):
    run = ["--run-dir", str(tmp_path / "run")] if arguments[0] == "train" else []
    with pytest.raises(SystemExit, match=told):
        main([*arguments, *run])
    assert not (tmp_path / "run").exists()


def test_a_typical_caption_shares_most_words_with_the_others():
    captions = ["Sunset .", "A dog runs on grass .", "A brown dog runs on the grass .", "Dog on grass"]
    assert typical(captions) == "A dog runs on grass"
    assert typical(["Only one ."]) == "Only one"


def test_an_album_of_many_pictures_holds_some_of_them():
    np.testing.assert_array_equal(drawn(5, 5), range(5))
    rows = drawn(1000, 100)
    assert len(set(rows)) == 100 and (np.diff(rows) > 0).all() and rows[0] < 50 and rows[-1] > 949
    np.testing.assert_array_equal(rows, drawn(1000, 100))


def test_scenes_become_files_once(tmp_path):
    counts = {"train": 3, "validation": 1, "test": 1}
    one = scene_pictures(counts, seed=2, folder=tmp_path)
    stamps = [path.stat().st_mtime_ns for path in one.train.pictures]
    same = scene_pictures(counts, seed=2, folder=tmp_path)
    assert [path.stat().st_mtime_ns for path in same.train.pictures] == stamps
    assert one.train == same.train and len(one.train.captions[0]) == 5
    assert (open_picture(one.test.pictures[0]) == draw(one.scenes["test"][0])).all()
    for split in ("train", "validation", "test"):
        for scene, texts in zip(one.scenes[split], getattr(one, split).captions, strict=True):
            assert all(is_correct(text, scene) for text in texts)


def test_textures_are_pictures_of_many_kinds():
    found = [texture(np.random.default_rng(n)) for n in range(12)]
    assert all(picture.shape == (224, 224, 3) and picture.dtype == np.uint8 for picture in found)
    assert len({picture.tobytes() for picture in found}) == 12
    assert all(picture.std() > 0 for picture in found)


def test_what_a_data_set_wants_stands_for_the_default_one_too_but_not_for_own_pictures():
    plain, named = SCRIPT.parse(["train"]), SCRIPT.parse(["train", "--dataset", "flickr8k"])
    own = SCRIPT.parse(["train", "--images", "photos", "--captions", "captions.csv"])
    assert plain == named and (plain.crops, plain.epochs, plain.self_critical_epochs) == (4, 12, 6)
    assert (own.crops, own.self_critical_epochs) == (0, 0)
