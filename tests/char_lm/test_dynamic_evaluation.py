"""Dynamic evaluation: each segment is scored first, then learnt from; the model itself stays as it was."""

import keras
import numpy as np
import pytest

from rnn_models import Adaptation, CharLM, CharVocabulary
from tests.support.gradients import numpy, uncompiled
from tests.support.helpers import close, normal
from training.char_lm import commands

LETTERS = CharVocabulary("\n abcdefgh")
TEXT = "abcdefgh hgfedcba\nabab cdcd efef ghgh"


def small(**options) -> CharLM:
    model = CharLM(LETTERS, **{"cell": "gru", "units": 6, "layers": 2} | options)
    model.build((None, None))
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.8 * normal(*v.shape, seed=n))
    return model


def by_hand(model: CharLM, text: str, rate: float, segment: int, clip: float) -> np.ndarray:
    """The same by Keras's own optimizer, in a model whose weights really change."""
    optimizer = keras.optimizers.SGD(rate, global_clipnorm=clip)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ids, states, found = model.vocabulary.encode("\n" + text), model.get_initial_state(1), []
    for start in range(0, len(ids) - 1, segment):
        part = ids[None, start : start + segment + 1]
        before = states
        logits, *after = model(part[:, :-1], initial_state=states, return_state=True)
        log_p = numpy(keras.ops.log_softmax(logits))[0]
        found.append(-np.take_along_axis(log_p, part[0, 1:, None], axis=-1)[:, 0])
        states = [[keras.ops.convert_to_tensor(numpy(s)) for s in layer] for layer in after]

        class Segment(keras.Model):
            def __init__(self, given):
                super().__init__()
                self.inner, self.given = model, given

            def call(self, tokens):
                return self.inner(tokens, initial_state=self.given)

        trainer = Segment(before)
        trainer.compile(optimizer, loss, jit_compile=False, run_eagerly=keras.backend.backend() != "jax")
        trainer.train_on_batch(part[:, :-1], part[:, 1:])
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("options", "clip"),
    [({}, 0.05), ({"cell": "lstm", "embedding": 5}, 100.0), ({"units": 5, "embedding": 5, "tied": True}, 0.05)],
)
def test_it_is_gradient_descent_between_the_segments(options, clip):
    with uncompiled():
        model = small(**options)
        before = [numpy(v).copy() for v in model.weights]
        found = model.score(TEXT, adapt=Adaptation(0.5, 8, clip))
        for old, variable in zip(before, model.weights, strict=True):
            np.testing.assert_array_equal(numpy(variable), old)
        plain = model.score(TEXT)
        close(found[:8], plain[:8], 1e-5)  # nothing is learnt from before it is scored
        assert np.abs(found[8:] - plain[8:]).max() > 1e-3
        close(found, by_hand(small(**options), TEXT, 0.5, 8, clip), 2e-5)


def test_a_rate_of_zero_changes_nothing():
    model = small()
    close(model.score(TEXT, adapt=Adaptation(0.0, 7)), model.score(TEXT), 1e-5)
    plain = model.evaluate_text(TEXT)
    adapted = model.evaluate_text(TEXT, adapt=Adaptation(0.0, 7))
    assert adapted == pytest.approx(plain, rel=1e-5)
    assert len(model.score("", adapt=Adaptation())) == 0


def test_a_text_that_repeats_itself_gets_easier():
    model, text = small(), "abcdefgh " * 40
    adapted = model.score(text, adapt=Adaptation(0.5, 9))
    assert adapted[-90:].mean() < 0.5 * adapted[:90].mean()
    close(adapted, model.score(text, adapt=Adaptation(0.5, 9)), 1e-6)  # it begins anew each time


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": -1}, "rate is -1; expected a finite number, 0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"clip_norm": 0}, "clip_norm is 0; expected a finite number, more than 0"),
        ({"segment": 0}, "segment"),
    ],
)
def test_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        Adaptation(**options)


def test_one_stream_alone():
    with pytest.raises(ValueError, match="batch_size is 2; expected 1 with adapt"):
        small().evaluate_text(TEXT, batch_size=2, adapt=Adaptation())


def test_evaluate_adapt(tmp_path, capsys):
    import rnn_models

    folder = rnn_models.save_bundle(small(), tmp_path / "small", {}, "")
    path = tmp_path / "text.txt"
    path.write_text(TEXT * 60, encoding="utf-8")
    arguments = ["evaluate", str(folder), "--file", str(path), "--split", "test"]
    commands.main(arguments)
    plain = capsys.readouterr().out
    commands.main([*arguments, "--adapt", "--adapt-rate", "0.3"])
    adapted = capsys.readouterr().out
    assert "(dynamic evaluation)" in adapted and "(dynamic evaluation)" not in plain
    assert adapted.split("nats")[0] != plain.split("nats")[0]
