"""The variants where a model chooses its cell by name. The programs are graphs, without XLA: they run once."""

import keras
import numpy as np
import pytest

from rnn_models import (
    AttentiveDecoder,
    Beam,
    Captioner,
    CharLM,
    CharTokenizer,
    CharVocabulary,
    SentimentClassifier,
    SubwordTokenizer,
    Translator,
)
from rnn_models.layers.catalogue import VARIANTS
from tests.support.gradients import numpy
from tests.support.helpers import close, normal, writing
from training.captioning.config import Train as CaptioningTrain
from training.char_lm.config import Train as CharLMTrain

LETTERS = CharVocabulary("abc \n")


@pytest.fixture(autouse=True)
def _without_xla(monkeypatch):
    monkeypatch.setenv("RNN_XLA", "0")


def test_a_language_model_with_a_matrix_as_state():
    model = CharLM(LETTERS, cell="mlstm", units=4, layers=2)
    model.build((None, None))
    for n, variable in enumerate(model.trainable_variables):
        variable.assign(0.5 * normal(*variable.shape, seed=n))
    tokens = np.array([[1, 2, 3, 4, 2], [4, 3, 2, 1, 1]])
    logits, *states = model(tokens, return_state=True)
    assert [tuple(state.shape) for state in states[0]] == [(2, 4), (2, 4, 4), (2, 4), (2, 1)]
    now = model.get_initial_state(2)
    for t in range(5):
        one, now = model.step(tokens[:, t], now)
        close(one, logits[:, t])
    close(list(now), states)
    assert len(model.generate("ab", length=5, strategy=Beam(2))) == 5


def test_its_symbolic_call_gives_symbolic_states():
    model = CharLM(LETTERS, cell="mlstm", units=4, layers=1)
    _, states = model(keras.Input((7,), dtype="int32"), return_state=True)
    assert [tuple(state.shape) for state in states] == [(None, 4), (None, 4, 4), (None, 4), (None, 1)]


@pytest.mark.parametrize("cell", ["min_lstm"])
def test_a_classifier_that_reads_from_both_ends(cell):
    model = SentimentClassifier(CharTokenizer(LETTERS), cell=cell, units=4, embedding=3, attention_units=3)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    tokens = np.array([[1, 2, 3, 0], [3, 1, 0, 0]])
    model(tokens)
    before = [numpy(v).copy() for v in model.trainable_variables]
    model.fit(tokens, np.array([0, 1]), verbose=0)
    assert all(np.abs(old - numpy(v)).max() > 0 for old, v in zip(before, model.trainable_variables, strict=True))


TOKENIZER = SubwordTokenizer.build(["the cat sat on the mat."], 300, specials=("<s>", "</s>"), byte_fallback=True)


def test_a_translator_whose_cell_has_five_states():
    end = TOKENIZER.id_of("</s>")
    model = Translator(TOKENIZER, "en", "ko", cell="fgr_lstm", units=4, embedding=5, attention_units=4, max_tokens=24)
    writing(model, 0.6, len(TOKENIZER), end, 1.5)
    assert len(model.bridges) == 5
    target = np.array([[TOKENIZER.id_of("<s>"), 5, 7, 9]])
    source = np.array([[5, 6, end]])
    logits = model(source, target)
    states = model.read(source)
    for t in range(4):
        one, states = model.step(target[:, t], states)[:2]
        close(one, logits[:, t])


@pytest.mark.parametrize("cell", ["slstm", "mlstm"])
def test_decoders_refuse_states_that_cannot_be_learnt(cell):
    message = f"cell is '{cell}'; a decoder learns its first states .* Use one of lstm, gru, "
    with pytest.raises(ValueError, match=message):
        Translator(TOKENIZER, cell=cell)
    with pytest.raises(ValueError, match=message):
        Captioner(TOKENIZER, cell=cell)


def test_a_decoder_refuses_a_matrix_as_state():
    with pytest.raises(ValueError, match=r"MLSTMCell have the sizes \[4, \(4, 4\), 4, 1\], with 4 units"):
        AttentiveDecoder(VARIANTS["mlstm"](4), None, None)


def test_recurrent_dropout_without_a_place_is_refused_before_a_run_begins():
    with pytest.raises(ValueError, match="--recurrent-dropout: got 0.2, expected 0 with --cell sru"):
        CharLMTrain(cell="sru", recurrent_dropout=0.2).check()
    CharLMTrain(cell="sru").check()
    CaptioningTrain(cell="mut1", recurrent_dropout=0.2).check()
