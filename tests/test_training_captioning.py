"""Training a captioner: its batches, its losses, REINFORCE against exact enumeration, a run from end to end."""

import contextlib
import csv
import itertools
import os

import keras
import numpy as np
import pytest
from gradients import double_precision, numpy, value_and_gradients
from helpers import close, normal
from keras import ops
from PIL import Image

import rnn_models
from rnn_models import Captioner, WordTokenizer, open_picture, save_bundle
from training.albums import drawn, typical
from training.captioning import SCRIPT, Train, main
from training.captioning_fitting import Trainer, doubly_stochastic
from training.cider import cider_d, document_frequencies
from training.features import Features
from training.hard_attention import reinforce_terms
from training.picture_batches import PictureBatches
from training.scene_captions import all_captions
from training.scene_pictures import scene_pictures
from training.scene_scores import is_correct
from training.scenes import draw, make_scenes
from training.self_critical import DrawnCaptions, SelfCriticalTrainer, fit_drawn
from training.strangers import texture

WORDS = WordTokenizer(["a", "dog", "runs", "two", "dogs"], ("<s>", "</s>"))
START, END = WORDS.id_of("<s>"), WORDS.id_of("</s>")


# --------------------------------------------------------------------------------------------------- batches


def pictures(count=7, flips=False):
    grid = normal(count, 4, 3, seed=1).astype("float16")
    generator = np.random.default_rng(2)
    captions = [
        [generator.integers(3, 8, generator.integers(1, 9)).astype("int32") for _ in range(generator.integers(1, 4))]
        for _ in range(count)
    ]
    return Features(grid, grid.mean(1), (grid[:, ::-1].copy(),) if flips else ()), captions


def test_every_caption_stands_in_an_epoch_once():
    features, captions = pictures(6)
    batches = PictureBatches(features, captions, START, END, 3, seed=0)
    found = []
    for index in range(len(batches)):
        inputs, labels, counted = batches[index]
        assert inputs["grid"].shape[1:] == (4, 3) and inputs["target"].shape == labels.shape == counted.shape
        for grid, target, wanted, weight in zip(inputs["grid"], inputs["target"], labels, counted, strict=True):
            for t, w, c in zip(target, wanted, weight, strict=True):
                length = int(c.sum())
                if length:
                    assert t[0] == START and w[length - 1] == END and (t[1:length] == w[: length - 1]).all()
                    found.append((grid.sum().item(), w[: length - 1].tobytes()))
    expected = [
        (np.asarray(features.grid[n], "float32").sum().item(), ids.tobytes()) for n in range(6) for ids in captions[n]
    ]
    assert sorted(found) == sorted(expected)


def test_two_captions_of_each_picture_are_drawn_for_an_epoch():
    features, captions = pictures(6)
    ids = [np.full(1 + n % 3, 10 + n, "int32") for n in range(24)]
    captions = [ids[4 * n : 4 * n + 4 - n % 2 * 3] for n in range(6)]  # four and one in turns
    batches = PictureBatches(features, captions, START, END, 3, seed=0, drawn=2)
    seen = []
    for epoch in range(20):
        batches.epoch = epoch
        inputs = [batches[index][0] for index in range(len(batches))]
        assert all(batch["target"].shape[1] == 2 for batch in inputs)
        firsts = np.sort(np.concatenate([batch["target"][:, :, 1].reshape(-1) for batch in inputs]))
        kept = firsts[firsts > END]
        assert len(set(kept)) == len(kept) == 9
        of = np.bincount((kept - 10) // 4, minlength=6)
        np.testing.assert_array_equal(of, [2, 1] * 3)
        seen.append(set(kept))
    assert set().union(*seen) == {int(row[0]) for caption in captions for row in caption} and seen[0] != seen[1]
    assert PictureBatches(features, captions, START, END, 3, drawn=2).count == 4  # validation has all


def test_pictures_that_fill_up_the_last_batch_do_not_count_in_validation():
    features, captions = pictures(7)
    batches = PictureBatches(features, captions, START, END, 3)
    words = sum(batches[index][2].sum() for index in range(len(batches)))
    assert words == sum(len(ids) + 1 for row in captions for ids in row)


def test_an_epoch_is_the_same_again_and_others_differ():
    features, captions = pictures(12, flips=True)
    one, same = (PictureBatches(features, captions, START, END, 2, seed=3) for _ in range(2))
    first = [one[index][0]["grid"] for index in range(len(one))]
    for grid, index in zip(first, range(len(same)), strict=True):
        assert (same[index][0]["grid"] == grid).all()
    one.epoch = 1
    assert any((one[i][0]["grid"] != first[i]).any() for i in range(len(one)))


def test_half_of_the_pictures_are_mirrored():
    features, captions = pictures(40, flips=True)
    batches = PictureBatches(features, captions, START, END, 4, seed=0)
    originals = {row.tobytes() for row in np.asarray(features.grid, "float32")}
    mirrored = [grid.tobytes() not in originals for i in range(len(batches)) for grid in batches[i][0]["grid"]]
    assert 10 < sum(mirrored) < 30


def test_features_of_other_pictures_are_refused():
    features, captions = pictures(5)
    with pytest.raises(ValueError, match="There are 5 pictures and captions of 4"):
        PictureBatches(features, captions[:4], START, END, 2)


# ---------------------------------------------------------------------------------------------------- losses


def test_the_penalty_is_that_of_the_paper():
    weights = np.random.default_rng(0).dirichlet(np.ones(5), (2, 3, 4)).astype("float32")
    counted = np.ones((2, 3, 4), "float32")
    counted[0, 1, 2:] = 0
    counted[1, 2] = 0
    expected = [
        ((1 - (weights[n, k] * counted[n, k, :, None]).sum(0)) ** 2).mean()
        for n, k in itertools.product(range(2), range(3))
        if counted[n, k].any()
    ]
    close(doubly_stochastic(weights, counted), np.mean(expected), 1e-6)


@contextlib.contextmanager
def policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def test_reinforce_is_unbiased_by_exact_enumeration():
    """The estimator's gradient, averaged over all places that can be drawn, is the gradient of what is expected.

    A captioner with hard attention on 3 places writes 3 words: 27 ways to look, and the α of a step depend on the
    places before it.
    """
    with double_precision(), policy("float64"):
        model = Captioner(
            WORDS,
            depth=2,
            places=(1, 3),
            attention="hard",
            units=3,
            embedding=2,
            attention_units=2,
            features=2,
            cell="gru",
        )
        model.build()
        for n, v in enumerate(model.trainable_variables):
            v.assign(0.9 * normal(*v.shape, seed=n, dtype="float64"))
        grid = normal(1, 3, 2, seed=50, dtype="float64") ** 2
        target = np.array([[[START, 3, 4]]], "int32")
        labels, counted = np.array([[[3, 4, END]]], "int32"), np.ones((1, 1, 3))
        ways = [np.eye(3)[list(way)][None, None] for way in itertools.product(range(3), repeat=3)]

        def look(way):
            logits, weights = model(grid, target, noise=1e9 * way)
            logs = ops.log_softmax(ops.cast(logits, "float64"), axis=-1)
            right = ops.squeeze(ops.take_along_axis(logs, labels[..., None], axis=-1), -1)
            chance = ops.prod(ops.sum(weights * way, axis=-1))
            return right, weights, chance

        def expected(*_):
            total = 0.0
            for way in ways:
                right, _, chance = look(way)
                total = total + chance * ops.sum(right)
            return -total

        def estimated(*_):
            total = 0.0
            for way in ways:
                right, weights, chance = look(way)
                place = model.decoder.attention.place(weights, 1e9 * way)
                terms, _ = reinforce_terms(right, weights, place, counted, baseline=-1.3)
                total = total + ops.stop_gradient(chance) * ops.sum(terms - right)
            return total

        variables = model.trainable_variables
        _, _, exact = value_and_gradients(expected, [], variables)
        _, _, found = value_and_gradients(estimated, [], variables)
        for variable, one, other in zip(variables, found, exact, strict=True):
            assert np.abs(numpy(other)).max() > 0, variable.path
            close(one, other, 1e-7)


def test_the_mean_that_becomes_the_baseline_counts_words_only():
    log_probs = np.array([[-1.0, -2.0, -50.0]], "float32")
    counted = np.array([[1.0, 1.0, 0.0]], "float32")
    weights = np.full((1, 3, 2), 0.5, "float32")
    place = np.eye(2, dtype="float32")[[[0, 1, 0]]]
    terms, mean = reinforce_terms(log_probs, weights, place, counted, baseline=-1.0)
    assert float(mean) == pytest.approx(-1.5)
    # step 0: R = -3, b = -2; step 1: R = -2, b = -1; log α = log ½
    close(terms, [[np.log(0.5), np.log(0.5), 0.0]], 1e-6)
    more, _ = reinforce_terms(log_probs, weights, place, counted, baseline=-1.0, entropy=0.1)
    close(more - terms, [[-0.1 * np.log(2), -0.1 * np.log(2), 0.0]], 1e-6)


def trainer_of(**options):
    small = {"units": 24, "embedding": 12, "attention_units": 8, "features": 8, "dropout": 0.0, "label_smoothing": 0.0}
    options = Train(**small | options)
    names = ("inject", "attention", "attention_units", "gate", "features", "batch_norm", "cell", "units", "embedding")
    names += ("dropout",)
    model = Captioner(WORDS, depth=6, places=(2, 2), **{name: getattr(options, name) for name in names})
    model.build()
    trainer = Trainer(model, options)
    trainer.compile(keras.optimizers.Adam(3e-2))
    return model, trainer


@pytest.mark.parametrize(
    "options", [{}, {"attention": "hard", "entropy": 0.0}, {"attention": "none", "inject": "merge"}]
)
def test_every_weight_moves_in_one_step_and_fifty_captions_are_learnt_by_heart(options):
    model, trainer = trainer_of(**options)
    generator = np.random.default_rng(3)
    grid = 2 * generator.standard_normal((50, 4, 6)).astype("float32")
    labels = generator.integers(3, 8, (50, 1, 4)).astype("int32")
    labels[:, :, -1] = END
    target = np.concatenate([np.full((50, 1, 1), START), labels[:, :, :-1]], -1).astype("int32")
    inputs, counted = {"grid": grid, "target": target}, np.ones(labels.shape, "float32")
    before = [numpy(v).copy() for v in model.trainable_variables]
    trainer.train_on_batch(inputs, labels, counted)
    still = [
        v.path
        for v, old in zip(model.trainable_variables, before, strict=True)
        if np.allclose(numpy(v), old, atol=1e-9)
    ]
    assert not still
    for _ in range(8):
        trainer.fit(inputs, labels, sample_weight=counted, batch_size=50, epochs=60, verbose=0)
        loss = trainer.evaluate(inputs, labels, sample_weight=counted, batch_size=50, verbose=0)
        if loss < 0.1:
            break
    assert loss < 0.1


# --------------------------------------------------------------------------------------------------- options


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


# ------------------------------------------------------------------------------------------- from end to end


@pytest.fixture
def no_java(monkeypatch):
    """METEOR, which is tested elsewhere, reads its tables for seconds each time."""
    monkeypatch.setattr("training.caption_metrics.java_found", lambda: False)


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
    assert len(model.album.captions) == 20
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
    save_bundle(soft, tmp_path / "soft", {}, "# soft")
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


def test_drawn_captions_are_worth_what_cider_says():
    model, _ = trainer_of()
    features, _ = pictures(4)
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog runs"], ["two dogs"], ["a dog", "two dogs runs"], ["runs"]]
    frequencies = document_frequencies(wanted)
    batches = DrawnCaptions(model, Features(grid, grid.mean(1)), wanted, frequencies, 2, 3, 0.5, seed=0)
    inputs, labels, counted = batches[0]
    assert inputs["target"].shape == labels.shape == counted.shape
    assert inputs["target"].shape[:2] == (2, 3) and counted.sum(-1).max() <= inputs["target"].shape[-1] <= 32
    assert np.abs(inputs["advantage"].sum(1)).max() < 1e-5  # each against the mean of the others
    order = np.sort(np.random.default_rng([0, 0]).permutation(4)[:2])
    texts = [
        [WORDS.decode(row[: int(c.sum())]) for row, c in zip(*pair, strict=True)]
        for pair in zip(labels, counted, strict=True)
    ]
    worth = np.stack([cider_d(row, [wanted[n]] * 3, frequencies) for n, row in zip(order, texts, strict=True)])
    close(inputs["advantage"], worth - (worth.sum(1, keepdims=True) - worth) / 2, 1e-5)
    again = batches[0][0]
    assert (again["target"] == inputs["target"]).all()


def test_at_a_low_temperature_the_likeliest_caption_is_drawn():
    model, _ = trainer_of()
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog"]] * 4
    features, frequencies = Features(grid, grid.mean(1)), document_frequencies(wanted)
    likeliest = {caption.text for caption in model.describe(grid.astype("float32"), beam=1)}
    drawn = {}
    for temperature in (1e-3, 1.0):
        _, labels, counted = DrawnCaptions(model, features, wanted, frequencies, 4, 5, temperature, seed=0)[0]
        rows = zip(labels.reshape(20, -1), counted.reshape(20, -1), strict=True)
        drawn[temperature] = {WORDS.decode(row[: int(c.sum())]) for row, c in rows}
    assert drawn[1e-3] == likeliest and drawn[1.0] - likeliest


def test_captions_are_drawn_for_all_views_of_the_pictures():
    model, _ = trainer_of()
    grid = np.random.default_rng(0).random((4, 4, 6)).astype("float16")
    wanted = [["a dog"]] * 4
    features = Features(grid, grid.mean(1), (grid + 1, grid + 2))
    batches = DrawnCaptions(model, features, wanted, document_frequencies(wanted), 4, 2, 1.0, seed=0)
    seen = set()
    for batches.epoch in range(6):
        found = batches[0][0]["grid"]
        seen |= set(np.rint((found - grid.astype("float32")).mean((1, 2))).astype(int))
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("attention", ["soft", "hard", "none"])
def test_what_is_worth_more_than_the_others_becomes_likelier(attention):
    model, trainer = trainer_of(attention=attention)
    trainer = SelfCriticalTrainer(model, trainer.options)
    trainer.compile(keras.optimizers.Adam(1e-2))
    grid = np.random.default_rng(1).standard_normal((1, 4, 6)).astype("float32")
    labels = np.array([[[3, 4, END], [5, 6, END]]], "int32")
    target = np.array([[[START, 3, 4], [START, 5, 6]]], "int32")
    inputs = {"grid": grid, "target": target, "advantage": np.array([[0.5, -0.5]], "float32")}

    def likelihoods():
        logits, _ = model(grid, target)
        right = np.take_along_axis(numpy(keras.ops.log_softmax(logits)), labels[..., None], -1)
        return right.sum((-1, -2))[0]

    before = likelihoods()
    for _ in range(10):
        trainer.train_on_batch(inputs, labels, np.ones(labels.shape, "float32"))
    better, worse = likelihoods() - before
    assert better > 0.1 and worse < -0.1


def test_nothing_can_be_won_by_tokens_that_are_never_drawn():
    model, trainer = trainer_of()
    trainer = SelfCriticalTrainer(model, trainer.options)
    grid = np.random.default_rng(1).standard_normal((1, 4, 6)).astype("float32")
    labels = np.array([[[3, 4, END], [5, 6, END]]], "int32")
    target = np.array([[[START, 3, 4], [START, 5, 6]]], "int32")
    inputs = {"grid": grid, "target": target, "advantage": np.array([[1.0, -2.0]], "float32")}

    def loss():
        given = trainer(inputs, training=True)
        return float(trainer.compute_loss(inputs, labels, given, np.ones(labels.shape, "float32"), training=True))

    before = loss()
    model.head_bias.assign(numpy(model.head_bias) + 5 * np.isin(np.arange(len(WORDS)), [0, START]))
    assert loss() == pytest.approx(before, abs=1e-5) and before != 0


def test_drawn_captions_are_learnt_from_as_they_were_drawn():
    model, trainer = trainer_of(dropout=0.5, batch_norm=True)
    trainer = SelfCriticalTrainer(model, trainer.options)
    grid = np.random.default_rng(1).standard_normal((2, 4, 6)).astype("float32")
    inputs = {"grid": grid, "target": np.array([[[START, 3, 4]]] * 2, "int32")}
    logits, _ = model(grid, inputs["target"])
    trainer.options.self_critical_temperature = 0.25
    close(trainer(inputs, training=True)[0], 4 * numpy(logits), 1e-5)
    close(trainer(inputs, training=False)[0], logits, 1e-6)
    assert np.abs(numpy(model(grid, inputs["target"], training=True)[0]) - numpy(logits)).max() > 1e-3


def test_what_a_data_set_wants_stands_for_the_default_one_too_but_not_for_own_pictures():
    plain, named = SCRIPT.parse(["train"]), SCRIPT.parse(["train", "--dataset", "flickr8k"])
    own = SCRIPT.parse(["train", "--images", "photos", "--captions", "captions.csv"])
    assert plain == named and (plain.crops, plain.epochs, plain.self_critical_epochs) == (4, 12, 6)
    assert (own.crops, own.self_critical_epochs) == (0, 0)


def test_no_batch_is_drawn_before_the_step_before_it_is_done():
    model, trainer = trainer_of()
    trainer = SelfCriticalTrainer(model, trainer.options)
    trainer.compile(keras.optimizers.Adam(1e-3))
    labels, counted = np.array([[[3, END]]], "int32"), np.ones((1, 1, 2), "float32")
    given = {"grid": np.ones((1, 4, 6), "float32"), "target": np.array([[[START, 3]]], "int32")}
    steps, told = [], []

    class Batches:
        epoch = 0

        def __len__(self):
            return 3

        def __getitem__(self, index):
            steps.append((self.epoch, index, int(numpy(trainer.optimizer.iterations))))
            return given | {"advantage": np.array([[0.5]], "float32")}, labels, counted

    class Validation(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return given, labels, counted

    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: told.append((epoch, sorted(logs))))
    fit_drawn(trainer, Batches(), Validation(), [note], first=1, epochs=3)
    assert steps == [(1, 0, 0), (1, 1, 1), (1, 2, 2), (2, 0, 3), (2, 1, 4), (2, 2, 5)]
    assert told == [(1, ["loss", "val_loss"]), (2, ["loss", "val_loss"])]
