"""Training a captioner: a run with its scores, bundle and card, its options, the reference set, scenes as files.

What holds of every run is in tests/training/core/test_run.py.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import rnn_models
from rnn_models import open_picture
from rnn_models.bundles import named_weights
from rnn_models.vision.scenes.scene import draw
from tests.support.gradients import numpy
from tests.support.run_folders import assert_gradients, copied, log, same_weights, scores, unscored
from training.captioning.commands import main
from training.captioning.config import SCRIPT, Train
from training.captioning.finish import begun_by
from training.captioning.ood_report import texture
from training.captioning.reference_set import subsample, typical
from training.data.scenes.checks import is_correct
from training.data.scenes.dataset import scene_pictures


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Train(**options).check()


def test_a_data_set_brings_its_own_defaults():
    options = SCRIPT.parse(["train", "--dataset", "scenes"])
    assert options.grid == "14x14" and not options.flips
    assert SCRIPT.command_line(options) == "python -m training.captioning train --dataset scenes"


class MeanColours:
    """An image encoder without a network: the mean colour of each place."""

    def __init__(self, backbone: str, grid: str, fit: str):
        self.places = tuple(map(int, grid.split("x")))
        self.identity = f"mean colours {grid} {fit}"

    def shape(self) -> tuple[int, int]:
        return self.places[0] * self.places[1], 3

    def encode(self, pictures: list) -> SimpleNamespace:
        small = [np.asarray(Image.fromarray(picture).resize(self.places[::-1]), "float32") for picture in pictures]
        grid = np.stack(small).reshape(len(small), *self.shape()) / 128 - 1
        return SimpleNamespace(grid=grid, pooled=grid.mean(1))


@pytest.fixture(scope="module", autouse=True)
def quick():
    """No network sees the pictures, and no METEOR, which reads its tables for seconds: both are tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rnn_models.vision.encoder.ImageEncoder", MeanColours)
        patch.setattr("training.metrics.captioning.java_found", lambda: False)
        yield


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> list[str]:
    """The options for a folder of 40 pictures of one colour, and its table of captions.

    The captions are short and the held-out pictures few: a program is compiled for each padded length and count.
    """
    folder = tmp_path_factory.mktemp("walls")
    rows = ["image,caption"]
    for n in range(40):
        colour = ("red", "green", "blue", "white", "gray")[n % 5]
        Image.new("RGB", (20 + n, 60), colour).save(folder / f"{n:02d}.png")
        rows += [f"{n:02d}.png,{text}" for text in (f"a {colour} wall", f"the wall is {colour}", f"{colour} paint")]
    table = folder / "captions.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return ["--images", str(folder), "--captions", str(table), "--features-dir", str(folder / "features")]


SMALL = [
    "--units",
    "8",
    "--embedding",
    "8",
    "--features",
    "8",
    "--attention-units",
    "4",
    "--least",
    "1",
    "--batch-size",
    "8",
    "--beam",
    "2",
]


@pytest.fixture(scope="module")
def finished(own, tmp_path_factory) -> Path:
    """A run of two epochs with its bundle in `bundle/`; beside it `stopped`, as it was after the first."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    run = ["--run-dir", folder, "--export", folder / "bundle", "--epochs", 2, "--album-pictures", 20]
    with pytest.MonkeyPatch.context() as patch:
        copied(patch, folder, folder.parent / "stopped")
        main(["train", *own, *SMALL, *map(str, run), "--gradients"])
    return folder


def test_the_gradients_of_a_run(finished):
    assert_gradients(finished, {"captioner/decoder"})


def test_a_run_leaves_its_scores_and_a_bundle(finished):
    found = scores(finished)
    assert found["pictures"] == {"train": 34, "validation": 2, "test": 4} and found["begun_by"] == []
    assert {"bleu_4", "cider_d", "rouge_l", "greedy", "verbatim"} <= set(found["test"])
    assert found["spread"]["test"]["cider_d"]["mean"] == found["test"]["cider_d"]
    assert found["seeds"][0]["validation"]["bleu_4"] == found["validation"]["bleu_4"]
    model = rnn_models.load(finished / "bundle")
    assert model.scores == found and len(model.reference_set.captions) == 20
    for part in ("python -m training.captioning train", "한국어", "CIDEr-D", "One seed. Beam 2"):
        assert part in model.card, part
    assert "strangeness" not in model.card  # measured on photographs only
    assert {"loss", "val_loss", "val_error"} <= set(log(finished)[0])
    first = (finished / "samples.txt").read_text(encoding="utf-8").split("=== epoch 1 ===\n")[1].splitlines()[:3]
    assert [line[:2] for line in first] == ["  ", "= ", "> "]


def test_evaluate_prints_the_scores_of_the_bundle_also_of_several(finished, own, capsys):
    bundle = str(finished / "bundle")
    main(["evaluate", bundle, *own, "--split", "test", "--beam", "1"])
    alone = capsys.readouterr().out
    assert "4 pictures, beam 1" in alone and f"CIDEr-D {scores(finished)['test']['greedy']['cider_d']:.3f}" in alone
    main(["evaluate", bundle, bundle, *own, "--split", "test", "--beam", "1"])
    assert capsys.readouterr().out == alone  # with itself it writes what it writes alone


def test_a_stopped_run_goes_on_to_the_same_result(finished, monkeypatch):
    folder = finished.parent / "stopped"
    assert [row["epoch"] for row in log(folder)] == ["1"]
    unscored(monkeypatch)
    main(["train", "--run-dir", str(folder), "--resume"])
    same_weights(finished, folder)


def test_self_critical_training_may_begin_with_a_bundle(finished, own, tmp_path):
    """With a learning rate of nearly nothing its weights stay as they are, and hard attention has those of soft."""
    start = finished / "bundle"
    rate = ["--epochs", "0", "--self-critical-epochs", "1", "--self-critical-rate", "1e-9"]
    begun = [*own, *SMALL, "--start", str(start), *rate, "--no-album", "--beam", "1", "--batch-size", "30"]  # one batch
    run = ["--run-dir", str(tmp_path / "run"), "--export", str(tmp_path / "hard")]
    main(["train", *begun, *run, "--attention", "hard"])
    assert not (tmp_path / "run" / "log.csv").exists() and (tmp_path / "run" / "self-critical" / "log.csv").exists()
    soft, hard = rnn_models.load(start), rnn_models.load(tmp_path / "hard")
    assert hard.settings["attention"] == "hard" and hard.tokenizer.get_config() == soft.tokenizer.get_config()
    given = named_weights(soft)
    for path, variable in named_weights(hard).items():
        np.testing.assert_allclose(numpy(variable), numpy(given[path]), rtol=0.017, atol=1e-6)  # as a bundle rounds
    assert hard.scores["begun_by"] == [soft.scores["command"]]
    assert hard.scores["epochs"] == 1 and hard.scores["training_seconds"] >= 0
    assert f"Begun with the weights made by: `{soft.scores['command']}`" in hard.card
    for changed, message in (
        ("--units=9", "units is 8 there and 9 here"),
        ("--attention=none", "gate is True there and False here"),
        ("--tokens=subwords --self-critical-epochs=0 --epochs=1", "writes words, not subwords"),
    ):
        with pytest.raises(SystemExit, match=message):
            main(["train", *begun, "--run-dir", str(tmp_path / "other"), *changed.split()])
        assert not (tmp_path / "other").exists()


def test_the_commands_that_made_the_first_weights_are_listed_first_of_all_first():
    assert begun_by(None) == begun_by(SimpleNamespace(scores={})) == []
    assert begun_by(SimpleNamespace(scores={"command": "second", "begun_by": ["first"]})) == ["first", "second"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--images", "nowhere", "--captions", "none.csv"], "There is no folder"),
        (["train", "--images", "nowhere"], "together"),
        (["evaluate", "sentiment/nsmc"], "no captioner"),
        (["evaluate"], "a bundle's folder or name"),
        (["ood", "nothing"], "no bundle 'nothing'"),
        (["strangers", "nothing"], "no bundle 'nothing'"),  # its older name
    ],
)
def test_mistakes_end_with_one_line(arguments, message, tmp_path):
    run = ["--run-dir", str(tmp_path / "run")] if arguments[0] == "train" else []
    with pytest.raises(SystemExit, match=message):
        main([*arguments, *run])
    assert not (tmp_path / "run").exists()


def test_a_typical_caption_shares_most_words_with_the_others():
    captions = ["Sunset .", "A dog runs on grass .", "A brown dog runs on the grass .", "Dog on grass"]
    assert typical(captions) == "A dog runs on grass"
    assert typical(["Only one ."]) == "Only one"


def test_a_reference_set_of_many_pictures_holds_some_of_them():
    np.testing.assert_array_equal(subsample(5, 5), range(5))
    rows = subsample(1000, 100)
    assert len(set(rows)) == 100 and (np.diff(rows) > 0).all() and rows[0] < 50 and rows[-1] > 949
    np.testing.assert_array_equal(rows, subsample(1000, 100))


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
