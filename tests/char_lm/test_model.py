"""The character model: its numbers, its text, and what a visitor may type."""

import threading
import unicodedata

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import Beam, CharLM, CharVocabulary, Greedy, ResetState, TruncatedBPTT
from tests.support.gradients import numpy
from tests.support.helpers import close, normal

TEXT = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n"
KOREAN = "이 영화는 정말 재미있었다. 다시 보고 싶은 영화!\n아쉬운 점도 있다.\n"
LONG = (TEXT * 3)[:150]  # more than two chunks of the reader


def randomised(model):
    """`model`, built, with weights large enough that its guesses differ."""
    model.build((None, None))
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.4 * normal(*v.shape, seed=n))
    return model


@pytest.fixture(scope="module")
def lm():
    return randomised(CharLM(CharVocabulary.build(TEXT), cell="lstm", units=16, layers=2))


@pytest.fixture(scope="module")
def korean():
    vocabulary = CharVocabulary.build(KOREAN, normalization="NFD")
    return randomised(CharLM(vocabulary, cell="gru", units=16, layers=1, embedding=8))


def small(**options):
    return CharLM(CharVocabulary("abc\n"), **{"cell": "gru", "units": 5, "layers": 2, **options})


def nats_by_hand(model, text):
    """−log p of each symbol of `text`, after a line break, from the logits of one call."""
    ids = np.concatenate([model.vocabulary.encode("\n"), model.vocabulary.encode(text)])
    logits = numpy(model(ids[None, :-1]))[0].astype("float64")
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -log_p[np.arange(len(ids) - 1), ids[1:]]


# ------------------------------------------------------------------------------------------------- the network


@pytest.mark.parametrize("cell", ["lstm", "gru", "vanilla"])
@pytest.mark.parametrize("embedding", [None, 5], ids=["one_hot", "embedding"])
def test_logits_of_every_character(cell, embedding):
    model = randomised(small(cell=cell, embedding=embedding))
    tokens = np.array([[1, 2, 3, 4], [4, 3, 2, 1]])
    logits, *states = model(tokens, return_state=True)
    assert tuple(logits.shape) == (2, 4, 5)
    assert [len(s) for s in states] == [2 if cell == "lstm" else 1] * 2
    inputs = np.eye(5, dtype="float32")[tokens] if embedding is None else numpy(model.embed.embeddings)[tokens]
    h, *expected = model.recurrence(inputs)
    close(logits, numpy(h) @ numpy(model.head.kernel) + numpy(model.head.bias), 1e-5)
    close([list(s) for s in states], [list(s) for s in expected], 1e-6)
    close(model(tokens), logits, 0)


def test_tied_output_weights_are_the_embedding():
    model = randomised(small(embedding=5, tied=True))
    tokens = np.array([[1, 2, 3, 4]])
    h, *_ = model.recurrence(numpy(model.embed.embeddings)[tokens])
    close(model(tokens), numpy(h) @ numpy(model.embed.embeddings).T + numpy(model.head_bias), 1e-5)
    assert model.head is None
    names = sorted(v.path.split("/")[-1] for v in model.trainable_variables)
    assert names.count("embeddings") == 1 and names.count("head_bias") == 1 and len(names) == 2 + 2 * 3
    assert np.abs(numpy(model.head_bias)).max() > 0


def test_a_residual_model_adds_the_first_layer_to_the_second():
    plain, residual = randomised(small()), randomised(small(residual=True))
    tokens = np.array([[1, 2, 3, 4]])
    assert np.abs(numpy(plain(tokens)) - numpy(residual(tokens))).max() > 1e-3
    assert residual.recurrence.residual and not plain.recurrence.residual


def test_no_character_sees_what_comes_after_it(lm):
    ids = lm.vocabulary.encode(TEXT[:40])[None]
    other = ids.copy()
    other[:, 20:] = 1 + (other[:, 20:] + 5) % (len(lm.vocabulary) - 1)
    one, two = numpy(lm(ids)), numpy(lm(other))
    close(one[:, :20], two[:, :20], 1e-6)
    assert (np.abs(one[:, 20:] - two[:, 20:]).max(axis=-1) > 1e-4).all()


def test_states_that_come_out_go_in_again(lm):
    ids = lm.vocabulary.encode(TEXT[:40])[None]
    whole, *final = lm(ids, return_state=True)
    first, *middle = lm(ids[:, :20], return_state=True)
    second, *end = lm(ids[:, 20:], initial_state=middle, return_state=True)
    close(ops.concatenate([first, second], axis=1), whole)
    close([list(s) for s in end], [list(s) for s in final])


def test_one_step_after_another(lm):
    ids = lm.vocabulary.encode(TEXT[:5])
    whole, states = numpy(lm(ids[None])), lm.get_initial_state(1)
    for t, token in enumerate(ids):
        logits, states = lm.step(ops.convert_to_tensor([token]), states)
        close(logits, whole[:, t])


def test_dropout_is_on_in_training_only():
    model = randomised(small(dropout=0.5, recurrent_dropout=0.3, embedding=5))
    tokens = np.array([[1, 2, 3, 4]])
    close(model(tokens, training=False), model(tokens), 0)
    assert np.abs(numpy(model(tokens, training=True)) - numpy(model(tokens))).max() > 1e-3
    rates = {layer.cell.recurrent_dropout for layer in model.recurrence.layers}
    assert (model.drop.rate, model.recurrence.dropout, rates) == (0.5, 0.5, {0.3})


def test_configuration_makes_the_same_model_again(tmp_path):
    model = randomised(small(cell="lstm", embedding=5, tied=True, residual=True, dropout=0.1, recurrent_dropout=0.2))
    again = CharLM.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    close(loaded(np.array([[1, 2, 3]])), model(np.array([[1, 2, 3]])), 1e-6)
    assert loaded.vocabulary == model.vocabulary


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "rnn"}, "cell is 'rnn'; expected one of lstm, gru, vanilla"),
        ({"units": 0}, "units is 0; expected a positive whole number"),
        ({"layers": 0}, "no layers; expected at least one"),
        ({"dropout": 1.0}, r"dropout is 1.0; expected a number in \[0, 1\)"),
        ({"recurrent_dropout": -0.5}, r"recurrent_dropout is -0.5; expected a number in \[0, 1\)"),
        ({"embedding": 0}, "embedding is 0; expected a whole number, 1 or more. Or None"),
        ({"embedding": -3}, "embedding is -3; expected a whole number"),
        ({"tied": True}, "embedding is None, units is 5. Set embedding=5, or tied=False"),
        ({"tied": True, "embedding": 4}, "embedding is 4, units is 5"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


# ---------------------------------------------------------------------------------------------------- training


def test_fit_learns_hello():
    """The lecture's four letters: the two l's differ only by the state."""
    vocabulary = CharVocabulary("helo")
    model = CharLM(vocabulary, cell="vanilla", units=8, layers=1)
    ids = vocabulary.encode("hello")[None]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.1), loss)
    model.fit(ids[:, :-1], ids[:, 1:], epochs=60, verbose=0)
    assert vocabulary.decode(numpy(model(ids[:, :-1]))[0].argmax(axis=-1)) == "ello"
    assert model.generate("h", length=4, strategy=Greedy()) == "ello"


def test_fit_with_carried_state():
    model = small()
    streams = np.tile([1, 2, 3, 4], (3, 4))
    tokens = keras.Input((8,), batch_size=3, dtype="int32")
    training = keras.Model(tokens, TruncatedBPTT(model, 3)(tokens))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    training.compile(keras.optimizers.Adam(0.02, global_clipnorm=5.0), loss)
    x = np.concatenate([streams[:, :8], streams[:, 8:]])
    y = np.roll(x, -1, axis=1)
    history = training.fit(x, y, batch_size=3, epochs=15, shuffle=False, verbose=0, callbacks=[ResetState()])
    assert history.history["loss"][-1] < 0.7 * history.history["loss"][0]
    assert model.generate("abc", length=1, strategy=Greedy()) == "\n"


def test_what_was_trained_is_what_generates():
    """The compiled loops read the weights as they are now, not as they were."""
    model = randomised(small())
    before = model.generate("ab", length=20, strategy=Greedy()), model.score("abcabc")
    model.head.bias.assign(np.array([0, 0, 0, 50, 0], "float32"))
    assert model.generate("ab", length=20, strategy=Greedy()) == "c" * 20 != before[0]
    assert np.abs(model.score("abcabc") - before[1]).max() > 1


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    single = randomised(small())
    keras.config.set_dtype_policy(policy)
    try:
        half = randomised(small())
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.backend.standardize_dtype(half(np.array([[1, 2]])).dtype) == policy.removeprefix("mixed_")
    scores = half.score("abcabc\n")
    assert scores.dtype == np.float32
    close(scores, single.score("abcabc\n"), 0.1 if policy == "mixed_bfloat16" else 0.01)
    assert len(half.generate("a", length=10, seed=1)) == 10


# ------------------------------------------------------------------------------------------------------ scores


def test_scores_are_those_of_the_logits(lm):
    close(lm.score(LONG), nats_by_hand(lm, LONG))


def test_scores_of_a_beginning_are_the_beginning_of_the_scores(lm):
    whole = lm.score(LONG)
    for length in (1, 63, 64, 65, 128):
        close(lm.score(LONG[:length]), whole[:length], 1e-5)
    assert lm.score("").shape == (0,)


def test_evaluation_is_the_sum_of_the_scores(lm):
    """The first symbol is read, not scored: here the line break, after which `score` begins, too."""
    found = lm.evaluate_text("\n" + LONG)
    nats = lm.score(LONG).sum(dtype="float64") / len(LONG)
    assert found["characters"] == len(LONG)
    close(found["nats"], nats, 1e-5)
    close([found["bits"], found["perplexity"]], [nats / np.log(2), np.exp(nats)], 1e-5)
    close(found["nats_per_symbol"], nats, 1e-5)


def test_evaluation_in_several_streams_comes_close():
    model = randomised(small(cell="vanilla", layers=1))
    text = "".join(np.random.default_rng(0).choice(list("abc\n"), 4001))
    one, two = model.evaluate_text(text), model.evaluate_text(text, batch_size=2)
    assert two["characters"] == one["characters"] == 4000
    close(two["nats"], one["nats"], 1e-4)


def test_evaluation_of_too_little(lm):
    for text in ("", "a"):
        with pytest.raises(ValueError, match=f"given {text!r}; expected a text of at least two characters"):
            lm.evaluate_text(text)
    with pytest.raises(ValueError, match="batch_size is 0; expected the number of streams, 1 or more"):
        lm.evaluate_text(TEXT, batch_size=0)


def test_a_hangul_syllable_has_the_sum_of_its_jamo(korean):
    text = "이 영화는 정말"
    scores = korean.score(text)
    assert scores.shape == (len(text),)
    by_hand = nats_by_hand(korean, text)
    spans = [len(unicodedata.normalize("NFD", c)) for c in text]
    assert sum(spans) == len(by_hand) and max(spans) == 3
    close(scores, [part.sum() for part in np.split(by_hand, np.cumsum(spans)[:-1])])
    found = korean.evaluate_text("\n" + text)
    assert found["characters"] == len(text)
    close(found["nats"], scores.sum(dtype="float64") / len(text), 1e-5)
    close(found["nats_per_symbol"], by_hand.mean(), 1e-5)


# -------------------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize("piece", [1, 7, 16])
def test_the_stream_is_what_generate_gives(lm, piece):
    whole = lm.generate("First", length=50, temperature=0.8, seed=3)
    assert len(whole) == 50
    pieces = list(lm.stream("First", length=50, temperature=0.8, seed=3, piece=piece))
    assert "".join(pieces) == whole
    assert max(map(len, pieces)) <= piece


def test_korean_streams_whole_syllables(korean):
    whole = korean.generate("영화", length=60, seed=5)
    pieces = list(korean.stream("영화", length=60, seed=5, piece=1))
    assert "".join(pieces) == whole
    assert unicodedata.is_normalized("NFC", whole)
    assert len(unicodedata.normalize("NFD", whole)) == 60


def test_the_seed_decides(lm):
    texts = [lm.generate("All:", length=60, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert lm.generate("All:", length=60) != lm.generate("All:", length=60)


def test_greedy_takes_the_likeliest_at_every_step(lm):
    prompt, text = "Speak", lm.generate("Speak", length=12, strategy=Greedy())
    logits = numpy(lm(lm.vocabulary.encode("\n" + prompt + text)[None]))[0, len(prompt) : -1]
    assert (lm.vocabulary.encode(text) == 1 + logits[:, 1:].argmax(-1)).all()  # 0, the unknown, is never chosen
    assert lm.generate("Speak", length=12, temperature=0.0) == text
    assert lm.generate("Speak", length=12, strategy=Beam(width=1)) == text


def test_an_empty_prompt_and_an_empty_text(lm):
    assert len(lm.generate(length=5, seed=1)) == 5
    with pytest.raises(ValueError, match="max_length is 0; expected a whole number, 1 or more"):
        lm.generate("All", length=0)


def test_steps_give_the_evidence(lm):
    pieces = list(lm.steps("First", length=20, seed=4, candidates=5, piece=8))
    symbols = [s for p in pieces for s in p.symbols]
    text = "".join(p.text for p in pieces)
    assert text == "".join(s.text for s in symbols) == lm.generate("First", length=20, seed=4)
    logits = numpy(lm(lm.vocabulary.encode("\nFirst" + text)[None]))[0, 5:-1].astype("float64")
    logits[:, lm.vocabulary.unknown_id] = -np.inf
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    ids = lm.vocabulary.encode(text)
    close([s.probability for s in symbols], p[np.arange(20), ids], 1e-4)
    for symbol, row in zip(symbols, p, strict=True):
        best = np.argsort(-row)[:5]
        assert [c for c, _ in symbol.candidates] == [lm.vocabulary.symbols[i] for i in best]
        close([q for _, q in symbol.candidates], row[best], 1e-4)


@pytest.mark.parametrize("prompt", ["한글", "\x00", "👩‍👩‍👧", "“Zürich” — ☃", "\ud800", "\r\n", "ＦＵＬＬ"])
def test_no_character_is_an_error(lm, korean, prompt):
    for model in (lm, korean):
        assert len(unicodedata.normalize("NFD", model.generate(prompt, length=6, seed=1))) >= 6
        scores = model.score(prompt)
        assert np.isfinite(scores).all() and len(scores) == len(model.vocabulary.normalize(prompt))


def test_what_stands_in_for_an_unknown_character(lm):
    assert lm.vocabulary.unknown("“Äll☃") == {"“": "�", "Ä": "A", "☃": "�"} or lm.vocabulary.unknown("Ä") == {"Ä": "A"}
    assert lm.generate("Äll", length=10, seed=1) == lm.generate("All", length=10, seed=1)


def test_the_unknown_symbol_is_never_written():
    model = randomised(small())
    model.head.bias.assign(np.array([50, 0, 0, 0, 0], "float32"))
    assert "�" not in model.generate("a", length=30, seed=1)
    assert "�" not in model.generate("a", length=30, strategy=Greedy())


def test_bad_choices(lm):
    with pytest.raises(ValueError, match="temperature"):
        lm.generate("a", temperature=-1.0)
    with pytest.raises(ValueError, match="top_p"):
        lm.generate("a", top_p=0.0)
    with pytest.raises(ValueError, match="Beam has no stream"):
        list(lm.stream("a", strategy=Beam()))
    with pytest.raises(ValueError, match="expected a str"):
        lm.generate(b"bytes")


def test_two_at_once_never_see_each_other(lm):
    """The model is read only; states are values."""
    prompts = ["First", "Citizen", "Before", "Speak"]
    alone = [lm.generate(p, length=40, seed=n) for n, p in enumerate(prompts)]
    together = [""] * len(prompts)

    def write(n):
        for piece in lm.stream(prompts[n], length=40, seed=n, piece=5):
            together[n] += piece

    threads = [threading.Thread(target=write, args=(n,)) for n in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
