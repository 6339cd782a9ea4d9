"""The network that answers questions about pictures: what changes its answers, and what does not."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

import rnn_models
from rnn_models import VisualQuestionAnswerer
from rnn_models.text.words import WordTokenizer
from tests.support.helpers import close, normal

WORDS = WordTokenizer(["is", "the", "red", "blue", "circle", "star", "left", "of", "what", "colour"])
ANSWERS = ("yes", "no", "red", "blue")
QUESTION = "is the red circle left of the blue star"
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
JOINS = ("product", "concatenation", "attention", "look")


@functools.cache
def small(join="attention", **options) -> VisualQuestionAnswerer:
    sizes = {"side": 32, "channels": (4, 6, 6), "features": 5, "units": 7, "embedding": 4}
    widths = {"attention_units": 6, "joint": 8, "cell": "gru"}
    model = VisualQuestionAnswerer(WORDS, ANSWERS, join=join, **sizes | widths | options)
    model.build()
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.5 * normal(*v.shape, seed=n))
    return model


def best(answer) -> np.ndarray:
    return np.array([answer.probabilities[name] for name in ANSWERS])


def logits(model, tokens, mask=None, shown=None) -> np.ndarray:
    """Of one question, given as ids, about each picture."""
    inputs = {"picture": PICTURES, "tokens": np.tile(np.array(tokens, "int32"), (3, 1, 1))}
    if mask is not None:
        inputs["mask"] = np.tile(np.array(mask, "int32"), (3, 1, 1))
    if shown is not None:
        inputs["shown"] = np.tile(np.array(shown, "float32"), (3, 1, 1))
    return ops.convert_to_numpy(model(inputs))[:, 0]


@pytest.mark.parametrize("join", JOINS)
def test_an_answer_has_its_evidence(join):
    model = small(join)
    found = model.answer(PICTURES[0], [QUESTION, "what colour is the hexagon"])
    assert [one.question for one in found] == [QUESTION, "what colour is the hexagon"]
    for one in found:
        values = list(one.probabilities.values())
        assert set(one.probabilities) == set(ANSWERS) and values == sorted(values, reverse=True)
        assert sum(values) == pytest.approx(1, abs=1e-5)
        assert one.answer == next(iter(one.probabilities)) and one.probability == values[0]
        assert one.grid == (4, 4)
    assert found[1].tokens == ["what", "colour", "is", "the", "hexagon"] and found[1].unknown == ["hexagon"]
    assert found[0].unknown == []
    rows = {"attention": 2, "look": 9}.get(join)
    if rows is None:
        assert found[0].attention is None
    else:
        assert found[0].attention.shape == (rows, 16)
        close(found[0].attention.sum(axis=-1), np.ones(rows), 1e-5)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"bag": True}, {"join": "look"}], ids=str)
def test_padding_of_the_question_changes_nothing(options):
    model, ids = small(**options), [1, 2, 3, 5]
    plain = logits(model, ids, [1, 1, 1, 1])
    close(logits(model, [*ids, 0, 0, 7], [1, 1, 1, 1, 0, 0, 0]), plain, 1e-5)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"join": "look"}, {"join": "product"}], ids=str)
def test_word_order_changes_the_answer_and_not_that_of_a_bag_of_words(options):
    swapped = "is the blue star left of the red circle"
    first, second = small(**options).answer(PICTURES[0], [QUESTION, swapped])
    assert np.abs(best(first) - best(second)).max() > 1e-3
    if "join" not in options:
        first, second = small(bag=True).answer(PICTURES[0], [QUESTION, swapped])
        close(best(first), best(second), 1e-6)


def test_uniform_attention_equals_the_mean():
    """Without a score vector all places weigh the same, and what a hop gives is v."""
    model = small(hops=1, units=8)  # a model of its own: its weights are changed
    model.hops[0].attention.score_vector.assign(np.zeros(6))
    seen = model.see(PICTURES)
    parts, weights = model._hops(seen, ops.ones((3, 1, 8)), ops.ones((3, 1, 1)), None)
    close(weights, np.full((3, 1, 1, 16), 1 / 16), 1e-6)
    close(parts[1][:, 0], ops.mean(seen, axis=1), 1e-5)


@pytest.mark.parametrize("join", ["attention", "look"])
def test_on_a_picture_whose_places_are_alike_attention_makes_no_difference(join):
    model = small(join, positions=False)
    alike = np.tile(normal(1, 1, 5), (1, 16, 1)).astype("float32")
    corner = np.eye(16, dtype="int32")[0]
    (anywhere,) = model.answer_seen(alike, [0], [QUESTION])
    (there,) = model.answer_seen(alike, [0], [QUESTION], allowed=corner)
    close(best(anywhere), best(there), 1e-5)
    (blind,) = model.answer_seen(np.zeros_like(alike), [0], [QUESTION])
    (hidden,) = model.answer_seen(alike, [0], [QUESTION], hide_picture=True)
    close(best(blind), best(hidden), 1e-6)


@pytest.mark.parametrize("join", JOINS)
def test_what_is_hidden_does_not_count(join):
    model = small(join)
    hidden = model.answer(PICTURES, QUESTION, hide_picture=True)
    close(best(hidden[0]), best(hidden[1]), 1e-6)
    assert hidden[0].attention is None
    shown = model.answer(PICTURES, QUESTION)
    assert np.abs(best(shown[0]) - best(shown[1])).max() > 1e-4
    first, second = model.answer(PICTURES[0], [QUESTION, "what colour is the star"], hide_question=True)
    close(best(first), best(second), 1e-6)
    close(logits(model, [1, 2, 3], shown=[0, 1])[0], logits(model, [1, 2, 3], shown=[0, 1])[2], 1e-6)


@pytest.mark.parametrize("join", ["attention", "look"])
def test_a_gaze_puts_all_attention_on_one_place(join):
    model = small(join)
    (free,) = model.answer(PICTURES[0], QUESTION)
    (forced,) = model.answer(PICTURES[0], QUESTION, gaze=(1, 2))
    close(forced.attention, np.tile(np.eye(16)[6], (len(free.attention), 1)), 1e-6)
    assert np.abs(best(forced) - best(free)).max() > 1e-4
    for gaze in [(4, 0), (0, -1), (1,), 3, (0.5, 1), (True, 1)]:
        with pytest.raises(ValueError, match="gaze is"):
            model.answer(PICTURES[0], QUESTION, gaze=gaze)
    with pytest.raises(ValueError, match="hidden"):
        model.answer(PICTURES[0], QUESTION, hide_picture=True, gaze=(0, 0))
    with pytest.raises(ValueError, match="no attention"):
        small("product").answer(PICTURES[0], QUESTION, gaze=(0, 0))


@pytest.mark.parametrize("options", [{}, {"join": "look"}], ids=str)
def test_many_questions_are_answered_as_one_by_one(options):
    model = small(**options)
    questions = [QUESTION, "what colour is the star", "is the star red", "what is left of the circle"] * 3
    together = model.answer(PICTURES[0], questions)
    for n in (0, 5, 11):
        (alone,) = model.answer(PICTURES[0], questions[n])
        close(best(together[n]), best(alone), 1e-5)
        close(together[n].attention, alone.attention, 1e-5)
    asked = {
        "picture": PICTURES[:1],
        "tokens": np.array([[[*WORDS.encode([q])[0][:4]] for q in questions[:3]]], "int32"),
    }
    close(model(asked)[0, 1], model(asked | {"tokens": asked["tokens"][:, 1:2]})[0, 0], 1e-5)


def test_pictures_and_questions_go_together_or_one_with_all():
    model = small()
    assert len(model.answer(list(PICTURES), QUESTION)) == 3
    assert len(model.answer(PICTURES, [QUESTION, QUESTION, "is the star red"])) == 3
    assert model.answer(PICTURES[0], []) == [] and model.answer([], QUESTION) == []
    for pictures, questions in [(PICTURES, [QUESTION] * 2), (PICTURES, []), ([], [QUESTION] * 2)]:
        with pytest.raises(ValueError, match="as many of both"):
            model.answer(pictures, questions)


@pytest.mark.parametrize("question", ["", "  ?! ", "word " * 41])
def test_a_question_has_words_and_not_too_many(question):
    with pytest.raises(ValueError, match="expected 1 to 40"):
        small().answer(PICTURES[0], question)


def test_no_question_and_no_picture_are_errors_in_plain_words():
    with pytest.raises(ValueError, match="expected a sequence of strings"):
        small().answer(PICTURES[0], [QUESTION, None])
    with pytest.raises(ValueError, match="nobody.png"):
        small().answer("nobody.png", QUESTION)


def test_a_bundle_answers_as_the_model_did(tmp_path):
    """Four programs, about 6 s."""
    for options in ({}, {"join": "look"}):
        model = small(**options)
        again = rnn_models.load(rnn_models.save_bundle(model, tmp_path / "vqa" / str(len(options)), {}, "", "float32"))
        assert isinstance(again, VisualQuestionAnswerer) and again.settings == model.settings
        assert again.answers == list(ANSWERS) and again.tokenizer.words == WORDS.words
        (one,), (other,) = model.answer(PICTURES[0], QUESTION), again.answer(PICTURES[0], QUESTION)
        close(best(one), best(other), 1e-6)
        model.save(tmp_path / "vqa.keras")
        close(logits(keras.models.load_model(tmp_path / "vqa.keras"), [1, 2, 3]), logits(model, [1, 2, 3]), 1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"join": "sum"}, "join is 'sum'"),
        ({"cell": "lstn"}, "cell is 'lstn'"),
        ({"hops": 3}, "expected 1 or 2"),
        ({"hops": 0}, "hops is 0"),
        ({"side": 30}, "halves the side"),
        ({"join": "look", "bidirectional": True}, "word by word"),
        ({"answers": ["yes"]}, "two or more"),
        ({"answers": ["yes", "yes"]}, "each once"),
        ({"features": 0}, "features is 0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_settings_that_do_not_go_together(options, message):
    with pytest.raises(ValueError, match=message):
        VisualQuestionAnswerer(WORDS, **{"answers": ANSWERS} | options)
