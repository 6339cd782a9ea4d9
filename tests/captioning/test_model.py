"""The captioner: the course's known answers, its ways to be given a picture, its searches, its attention."""

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import rnn_models
from rnn_models import Captioner, Sample, WordTokenizer
from rnn_models.tasks.captioning import INJECTIONS
from rnn_models.tasks.reference_set import Calibration, ReferenceSet
from rnn_models.vision.pictures import is_one_picture
from tests.support.captioners import COUNT, DEPTH, END, FORMS, GRIDS, START, WORDS, small
from tests.support.gradients import numpy
from tests.support.helpers import close, differ, normal

every_form = pytest.mark.parametrize("form", FORMS)
looking = pytest.mark.parametrize("form", [form for form in FORMS if form not in INJECTIONS])

TARGET = np.random.default_rng(1).integers(3, len(WORDS), (3, 2, 5)).astype("int32")
TARGET[:, :, 0] = START


@pytest.fixture(scope="module")
def models():
    """One captioner of each form, made and compiled once."""
    made = {}
    return lambda form="soft": made.setdefault(form, small(form))


# -------------------------------------------------------------------------------------------- known answers


def line(low, high, *shape):
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape)


@pytest.mark.parametrize(
    ("cell", "blocks", "low", "high", "expected"),
    [("vanilla", 1, -1.5, 0.3, 9.83235591003), ("lstm", 4, -0.5, 1.7, 9.82445935443)],
)
def test_the_loss_is_that_of_the_course(cell, blocks, low, high, expected):
    """CS231n, third assignment: the picture in h0, no readout; word 0 is padding; the sum over time / N."""
    n, d, w, h, v, t = 10, 20, 30, 40, 3, 13
    model = Captioner(
        WordTokenizer([], ("<s>", "</s>")),
        depth=d,
        places=(1, 1),
        inject="h0",
        attention="none",
        features=0,
        cell=cell,
        units=h,
        embedding=w,
        readout=False,
        tied=False,
    )
    model.build()
    own = model.decoder.cell
    for variable in model.variables:
        variable.assign(np.zeros(variable.shape))
    # The course's embedding is not scaled, ours is by the root of its width.
    model.embed.embeddings.assign(line(-1.4, 1.3, v, w) / np.sqrt(w))
    model.bridges[0].kernel.assign(line(-1.4, 1.3, d, h))
    model.bridges[0].bias.assign(line(-1.4, 1.3, h))
    # The course's gates stand in the order i, f, o, g, as ours do.
    own.kernel.assign(line(-1.4, 1.3, w, blocks * h))
    own.recurrent_kernel.assign(line(-1.4, 1.3, h, blocks * h))
    own.bias.assign(line(-1.4, 1.3, blocks * h))
    model.head.kernel.assign(line(-1.4, 1.3, h, v))
    model.head.bias.assign(line(-1.4, 1.3, v))
    captions = (np.arange(n * t) % v).reshape(n, t).astype("int32")
    logits, _ = model(line(low, high, n, 1, d).astype("float32"), captions[:, None, :-1])
    logits = numpy(logits)[:, 0].astype("float64")
    wanted = captions[:, 1:]
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    right = np.take_along_axis(log_probs, wanted[..., None], -1)[..., 0]
    loss = -(right * (wanted != 0)).sum() / n
    assert abs(loss - expected) < 2e-5 * expected  # single precision


# ------------------------------------------------------------------------------------------------ the network


@every_form
def test_captions_of_one_picture_do_not_touch_each_other(models, form):
    model = models(form)
    logits, weights = model(GRIDS, TARGET)
    assert logits.shape == (3, 2, 5, len(WORDS))
    for n, k in itertools.product(range(3), range(2)):
        alone, seen = model(GRIDS[n : n + 1], TARGET[n : n + 1, k : k + 1])
        close(numpy(alone)[0, 0], numpy(logits)[n, k], 1e-5)
        if weights is not None:
            close(numpy(seen)[0, 0], numpy(weights)[n, k], 1e-5)


@every_form
def test_a_word_is_guessed_from_those_before_it_and_from_the_picture(models, form):
    model = models(form)
    logits = numpy(model(GRIDS, TARGET)[0])
    other = TARGET.copy()
    other[:, :, 3:] = 4
    changed = numpy(model(GRIDS, other)[0])
    close(changed[:, :, :3], logits[:, :, :3], 1e-6)
    differ(changed[:, :, 3:], logits[:, :, 3:])
    differ(numpy(model(GRIDS[::-1].copy(), TARGET)[0])[0], logits[0])


@looking
def test_the_weights_are_a_distribution_over_the_places(models, form):
    _, weights = models(form)(GRIDS, TARGET)
    assert weights.shape == (3, 2, 5, COUNT)
    close(numpy(weights).sum(-1), np.ones((3, 2, 5)), 1e-5)


@looking
def test_places_in_another_order_are_looked_at_in_that_order(models, form):
    model, order = models(form), np.random.default_rng(3).permutation(COUNT)
    logits, weights = model(GRIDS, TARGET)
    moved, seen = model(GRIDS[:, order], TARGET)
    close(numpy(seen), numpy(weights)[..., order], 1e-5)
    close(numpy(moved), numpy(logits), 1e-4)


def test_attention_with_weights_of_zero_sees_the_mean():
    model = small("soft", gate=False)
    model.decoder.attention.score_vector.assign(np.zeros(4))
    logits, weights = model(GRIDS, TARGET)
    close(weights, np.full(weights.shape, 1 / COUNT), 1e-6)
    mean = np.repeat(numpy(model.project(GRIDS)).mean(1, keepdims=True), COUNT, axis=1)
    model.project.kernel.assign(np.eye(DEPTH, 5))
    model.project.bias.assign(np.zeros(5))
    blurred = np.concatenate([mean, np.zeros((3, COUNT, DEPTH - 5))], -1).astype("float32")
    close(model(blurred, TARGET)[0], numpy(logits), 1e-4)


def test_a_picture_of_no_weight_leaves_a_language_model():
    """W_ih = 0: what is seen changes nothing."""
    for inject in INJECTIONS:
        model = small(inject=inject, attention="none")
        beside = {
            "h0": [bridge.kernel for bridge in model.bridges],
            "first": [model.first and model.first.kernel],
            "per_step": [],
            "merge": [],
        }[inject]
        for kernel in beside:
            kernel.assign(np.zeros(kernel.shape))
        if inject == "per_step":
            for kernel in (model.decoder.cell.kernel, model.decoder.readout.kernel):
                first = 5 if kernel is model.decoder.cell.kernel else 6 + 5
                kernel.assign(np.where(np.arange(kernel.shape[0])[:, None] < first, numpy(kernel), 0))
        if inject == "merge":
            kernel = model.merge.kernel
            kernel.assign(np.where(np.arange(kernel.shape[0])[:, None] < 5, numpy(kernel), 0))
        logits, _ = model(GRIDS, TARGET)
        close(model(3 * GRIDS[::-1], TARGET)[0], numpy(logits), 1e-6)


def test_how_strong_the_features_of_a_place_are_makes_no_difference_if_they_are_normalised():
    model = small(normalise=True)
    louder = GRIDS * np.linspace(0.5, 40, COUNT)[:, None].astype("float32")
    close(numpy(model(louder, TARGET)[0]), numpy(model(GRIDS, TARGET)[0]), 1e-4)
    differ(numpy(small()(louder, TARGET)[0]), numpy(small()(GRIDS, TARGET)[0]))
    assert np.isfinite(numpy(model(0 * GRIDS, TARGET)[0])).all()


@pytest.mark.parametrize("inject", INJECTIONS)
def test_what_all_pictures_have_in_common_does_not_count_if_they_are_standardised(inject, tmp_path):
    model = small(inject=inject, attention="none", features=0, batch_norm=True)
    common = 5 * normal(DEPTH, seed=8)
    plain, shifted = (numpy(model(grid, TARGET, training=True)[0]) for grid in (GRIDS, GRIDS + common))
    close(shifted, plain, 1e-3)
    model.norm.momentum = 0.5
    for _ in range(40):  # the moving averages come near
        model(GRIDS + common, TARGET, training=True)
    near = numpy(model(GRIDS + common, TARGET)[0])
    close(near, plain, 0.01)
    differ(numpy(model(GRIDS, TARGET)[0]), near)
    rnn_models.save_bundle(model, tmp_path / "bundle", {}, "", dtype="float32")
    close(numpy(rnn_models.load(tmp_path / "bundle")(GRIDS + common, TARGET)[0]), near, 1e-5)


@pytest.mark.parametrize("form", ["first", "soft", "soft_per_step"])
def test_a_network_that_is_told_where_places_are_knows_when_they_change(form):
    """Without it, places in another order are looked at in that order, and nothing else changes."""
    order = [1, 0, 2, 5, 4, 3]
    for positions, same in ((False, close), (True, differ)):
        model = small(form, positions=positions)
        logits, again = numpy(model(GRIDS, TARGET)[0]), numpy(model(GRIDS[:, order], TARGET)[0])
        same(again, logits, *([1e-4] if same is close else []))


def test_places_are_told_by_row_and_column():
    model = small(positions=True, features=0)
    told = numpy(model._places(GRIDS))
    close(told[:, :, :DEPTH], GRIDS, 0)
    rows, columns = np.array([-0.5, -0.5, -0.5, 0.5, 0.5, 0.5]), np.array([-2 / 3, 0, 2 / 3] * 2)
    for picture in told:
        close(picture[:, DEPTH:], 4 * np.stack([rows, columns], axis=1), 1e-6)


def test_the_gate_lets_through_what_it_says():
    model = small("soft")
    model.decoder.context_gate.kernel.assign(np.zeros(model.decoder.context_gate.kernel.shape))
    model.decoder.context_gate.bias.assign([-100.0])
    shut = numpy(model(GRIDS, TARGET)[0])
    for variable in (model.decoder.attention.score_vector, model.decoder.attention.key_projection.kernel):
        variable.assign(5 * normal(*variable.shape, seed=8))
    close(model(GRIDS, TARGET)[0], shut, 1e-6)
    model.decoder.context_gate.bias.assign([100.0])
    differ(model(GRIDS, TARGET)[0], shut)


def test_hard_attention_sees_the_place_that_is_drawn():
    model = small("hard", inject="first", features=0)
    noise = np.full((3, 2, 5, COUNT), -1e3, "float32")
    noise[..., 4] = 1e3
    logits, weights = model(GRIDS, TARGET, noise=noise)
    place = numpy(model.decoder.attention.place(weights, noise))
    assert (place.argmax(-1) == 4).all()
    other = GRIDS.copy()
    other[:, 4] += 1.0
    differ(model(other, TARGET, noise=noise)[0], logits)


def test_noise_without_hard_attention_is_refused():
    with pytest.raises(ValueError, match="noise is for HardAttention"):
        small("soft")(GRIDS, TARGET, noise=np.zeros((3, 2, 5, COUNT), "float32"))


# ------------------------------------------------------------------------------------------------- free running


@every_form
def test_teacher_forcing_on_its_own_words_is_free_running(models, form):
    model = models(form)
    for grid, caption in zip(GRIDS, model.describe(GRIDS, beam=1), strict=True):
        told = model.align(grid, caption.text)
        count = min(len(told.tokens), len(caption.tokens))
        assert told.tokens[:count] == caption.tokens[:count]
        close(told.probabilities[:count], caption.probabilities[:count], 1e-4)
        if caption.attention is not None:
            close(told.attention[:count], caption.attention[:count], 1e-4)
        ends_and_holds_words_only(caption)


def ends_and_holds_words_only(caption):
    assert len(caption.tokens) <= 12
    assert "<s>" not in caption.tokens and "<unk>" not in caption.tokens
    assert "</s>" not in caption.tokens[:-1]
    assert caption.text == " ".join(word for word in caption.tokens if word != "</s>")


def test_captions_of_a_beam_and_of_chance_end_too(models):
    for caption in [*models().describe(GRIDS, beam=3), *models().describe(GRIDS, sample=Sample(seed=1))]:
        ends_and_holds_words_only(caption)


def test_a_beam_of_one_is_greedy(models):
    from rnn_models import Beam

    model = models()
    greedy = model.describe(GRIDS, beam=1)
    states = model.states_of(GRIDS)
    first = np.full(len(states[0][0]), START, dtype=np.int32)
    decoded = model._decoder().generate(first, states, Beam(1, 1.0), 12)
    assert [model.tokenizer.decode(decoded.tokens[n, : decoded.lengths[n]]) for n in range(3)] == [
        caption.text for caption in greedy
    ]


def test_a_wide_beam_finds_what_brute_force_finds():
    model = small("soft", max_words=2)
    width = len(WORDS)  # all beginnings of one word
    (found,) = model.describe(GRIDS[:1], beam=width, length_penalty=0.0)
    writable = [n for n in range(len(WORDS)) if n not in (0, START)]
    best = max(_score(model, sentence) for sentence in _sentences(writable))
    assert found.search_score == pytest.approx(best, abs=1e-4)
    assert len(found.alternatives) > 5 and found.alternatives[0].text == found.text


def _sentences(writable):
    """All of at most 2 tokens: those that ended, and those that could not."""
    words = [n for n in writable if n != END]
    for count in range(2):
        for sentence in itertools.product(words, repeat=count):
            yield (*sentence, END)
    yield from itertools.product(words, repeat=2)


def _score(model, sentence, cache={}):  # noqa: B006
    beginning = sentence[:-1]
    if beginning not in cache:
        target = np.zeros((1, 1, 3), "int32")
        target[0, 0, : len(sentence)] = [START, *beginning]
        logits = numpy(model(GRIDS[:1], target)[0])[0, 0].astype("float64")
        logits[:, [0, START]] = -1e30
        cache[beginning] = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return sum(cache[beginning][t, token] for t, token in enumerate(sentence))


def test_pictures_together_are_the_pictures_alone(models):
    model = models()
    together = [caption.text for caption in model.describe(np.tile(GRIDS, (4, 1, 1)), beam=2)]
    alone = [model.describe(grid[None], beam=2)[0].text for grid in GRIDS]
    assert together == alone * 4


def test_samples_follow_their_seed(models):
    model = models()
    one, same, other = (
        [c.text for c in model.describe(np.repeat(GRIDS, 4, 0), sample=Sample(2.0, seed=seed))] for seed in (1, 1, 2)
    )
    assert one == same != other


@looking
def test_it_can_be_made_to_look_elsewhere(models, form):
    model = models(form)
    usual = model.describe(GRIDS[:1], beam=1)[0]
    place = (int(usual.attention[0].argmax()) + 1) % COUNT
    steered = model.steer(GRIDS[0], 0, place)
    assert steered.attention[0].argmax() == place and steered.attention[0, place] == 1.0
    assert steered.probabilities[0] != pytest.approx(usual.probabilities[0], abs=1e-6)


def test_what_cannot_be_steered_is_refused(models):
    model = models()
    for at, place in ((0, COUNT), (0, -1), (-1, 0), (99, 0)):
        with pytest.raises(ValueError, match=f"at={at}"):
            model.steer(GRIDS[0], at, place)
    with pytest.raises(ValueError, match="no attention"):
        small("first").steer(GRIDS[0], 0, 0)


def test_a_grid_of_another_encoder_is_refused(models):
    with pytest.raises(ValueError, match=r"grid has shape \(3, 4, 7\); expected \(pictures, 6, 7\)"):
        models().describe(GRIDS[:, :4])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"inject": "middle"}, "inject is 'middle'"),
        ({"attention": "gentle"}, "attention is 'gentle'"),
        ({"cell": "rnn"}, "cell is 'rnn'"),
        ({"features": -1}, "features is -1"),
        ({"max_words": 0}, "max_words is 0"),
        ({"readout": False}, "tied needs outputs as wide"),
        ({"units": 0}, "units"),
        ({"dropout": 1.0}, "dropout"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        small(**options)


# -------------------------------------------------------------------------------------------------- the reference set


def reference_set(seed=0, count=40):
    generator = np.random.default_rng(seed)
    pooled = generator.standard_normal((count, 9)) @ generator.standard_normal((9, 9))
    made = ReferenceSet.of(pooled, [f"caption {n}" for n in range(count)], axes=6)
    return made, pooled


def test_a_training_picture_is_its_own_neighbour():
    made, pooled = reference_set()
    _, neighbours = made.distances(pooled[:7])
    assert [n.caption for n in neighbours] == [f"caption {n}" for n in range(7)]
    close([n.likeness for n in neighbours], np.ones(7), 1e-5)


@pytest.mark.parametrize("count", [40, 7])
def test_the_axes_are_principal_components(count):
    made, pooled = reference_set(count=count)
    mean, axes = numpy(made.mean), numpy(made.axes)
    spread = (pooled - mean) @ axes
    close(np.cov(spread.T, bias=True), np.eye(6), 1e-4)
    u, s, v = np.linalg.svd(pooled - pooled.mean(0), full_matrices=False)
    close(np.abs(axes.T @ v[:6].T * s[:6] / np.sqrt(count)), np.eye(6), 1e-4)


def test_so_many_pictures_are_strange_as_the_calibration_says():
    made, _ = reference_set()
    generator = np.random.default_rng(4)
    distances, nlls = generator.random(400), generator.random(400) + 3
    made.calibrate(distances, nlls, 0.9)
    values = made.strangeness(distances, nlls)
    assert np.mean(values > made.limit) == pytest.approx(0.1, abs=0.01)
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert made.strangeness([distances.mean() + distances.std()], [nlls.mean()])[0] == pytest.approx(0.5)


def test_a_caption_says_how_strange_its_picture_is(tmp_path):
    made, pooled = reference_set()
    model = small("soft", album=made.get_config())
    for own, given in zip(model.reference_set.weights, made.weights, strict=True):
        own.assign(numpy(given))
    model.reference_set.calibration = Calibration(0.5, 0.1, 1.0, 0.5)
    found = model.describe(GRIDS, pooled[:3], beam=1)
    assert [caption.nearest.caption for caption in found] == ["caption 0", "caption 1", "caption 2"]
    for caption in found:
        assert caption.strange == (caption.strangeness > model.reference_set.limit)
    rnn_models.save_bundle(model, tmp_path / "mine", {}, "card", dtype="float32")
    again = rnn_models.load(tmp_path / "mine").describe(GRIDS, pooled[:3], beam=1)
    assert [(c.text, c.nearest.caption) for c in again] == [(c.text, c.nearest.caption) for c in found]
    close([c.strangeness for c in again], [c.strangeness for c in found], 1e-5)


# ---------------------------------------------------------------------------------------------------- bundles


@pytest.mark.parametrize("form", ["soft", "hard"])
def test_a_bundle_gives_the_same_captions(models, form, tmp_path):
    model = models(form)
    rnn_models.save_bundle(model, tmp_path / form, {"a": 1}, "card", dtype="float32")
    again = rnn_models.load(tmp_path / form)
    assert [c.text for c in again.describe(GRIDS)] == [c.text for c in model.describe(GRIDS)]
    assert again.get_config() == model.get_config()


def test_dropout_is_there_in_training_only():
    model = small("soft", dropout=0.5)
    keras.utils.set_random_seed(1)
    usual = numpy(model(GRIDS, TARGET)[0])
    close(model(GRIDS, TARGET)[0], usual, 1e-6)
    differ(model(GRIDS, TARGET, training=True)[0], usual)


@pytest.mark.parametrize(
    ("pictures", "one"),
    [
        ("a.jpg", True),
        (Path("a.jpg"), True),
        (b"GIF89a", True),
        (np.zeros((4, 4, 3), "uint8"), True),
        (Image.new("RGB", (4, 4)), True),
        (None, True),  # refused as a picture
        (["a.jpg"], False),
        (iter(["a.jpg"]), False),
        (np.array(["a.jpg", "b.jpg"]), False),
        (np.zeros((2, 4, 4, 3), "uint8"), False),
    ],
)
def test_one_picture_is_told_from_several(pictures, one):
    assert is_one_picture(pictures) == one
