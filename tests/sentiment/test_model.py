"""The sentiment classifier: its numbers, its evidence, and what it makes of text."""

import json

import keras
import numpy as np
import pytest

import rnn_models
from rnn_models import CharTokenizer, CharVocabulary, SentimentClassifier, SubwordTokenizer
from rnn_models.tasks import sentiment
from rnn_models.tasks.pooling import PARTS
from rnn_models.tasks.sentiment import shortened, softmax
from tests.support import oracles
from tests.support.gradients import numpy, uncompiled
from tests.support.helpers import MASKS, MIXED, B, T, close, differ, normal

LETTERS = CharTokenizer(CharVocabulary("abcdefghijklmnopqrstuvwxyz 가나다."))
TOKENS = np.random.default_rng(0).integers(1, len(LETTERS), (B, T)).astype("int32")
POOLINGS = tuple(PARTS)

pooling = pytest.mark.parametrize("pooling", POOLINGS)
direction = pytest.mark.parametrize("both", [False, True], ids=["forward", "both_ends"])
every_mask = pytest.mark.parametrize("mask", [m for m in MASKS if m != "none"])


def small(labels=("negative", "positive"), **options):
    """A classifier whose weights are large enough that its verdicts differ."""
    usual = {"cell": "gru", "units": 4, "embedding": 3, "attention_units": 5}
    model = SentimentClassifier(LETTERS, labels, **{**usual, **options})
    model.build((None, None))
    for n, v in enumerate(model.trainable_variables):
        v.assign(0.7 * normal(*v.shape, seed=n))
    return model


@pytest.fixture(scope="module")
def model():
    return small(max_tokens=12)


def part(model, h, ahead=True):
    """The half of the states that reads forward, or the one that reads backward."""
    units = model.settings["units"]
    return h[..., :units] if ahead else h[..., units:]


# ------------------------------------------------------------------------------------------------ the network


@pooling
@direction
def test_padding_changes_nothing(pooling, both):
    model = small(pooling=pooling, bidirectional=both)
    mask = MASKS["right"]
    logits = numpy(model(TOKENS, mask=mask))
    assert logits.shape == (B, 2)
    close(model(np.where(mask, TOKENS, 0), mask=mask), logits, 1e-6)
    longer = np.pad(TOKENS, [(0, 0), (0, 3)]), np.pad(mask, [(0, 0), (0, 3)])
    close(model(longer[0], mask=longer[1]), logits, 1e-6)
    alone = model(TOKENS[1:2, : mask[1].sum()])
    close(alone, logits[1:2], 1e-6)


@pooling
@every_mask
def test_what_a_mask_hides_does_not_count(pooling, mask):
    model, mask = small(pooling=pooling), MASKS[mask]
    other = np.where(mask, TOKENS, 1 + TOKENS % (len(LETTERS) - 1))
    close(model(other, mask=mask), model(TOKENS, mask=mask), 1e-6)
    evidence, weights = (numpy(a) for a in model.explained(TOKENS, mask)[1:3])
    assert not evidence[~mask].any() and not weights[~mask].any()


@pooling
@direction
def test_the_order_of_words_matters(pooling, both):
    model = small(pooling=pooling, bidirectional=both)
    differ(model(TOKENS[:, ::-1]), model(TOKENS))


@every_mask
@direction
@pytest.mark.parametrize("layers", [1, 2])
def test_the_last_state_is_the_output_at_the_last_token(mask, both, layers):
    model, mask = small(pooling="last", bidirectional=both, layers=layers), MASKS[mask]
    h, last = (numpy(a) for a in model.states(TOKENS, keras.ops.convert_to_tensor(mask)))
    for row in range(B):
        places = np.flatnonzero(mask[row])
        if not len(places):
            assert not last[row].any()
            continue
        close(part(model, last[row]), part(model, h[row, places[-1]]), 1e-6)
        close(part(model, last[row], ahead=False), part(model, h[row, places[0]], ahead=False), 1e-6)
    close(model(TOKENS, mask=mask), last @ numpy(model.head.kernel) + numpy(model.head.bias), 1e-5)


@pooling
@direction
@pytest.mark.parametrize(("cell", "layers"), [("lstm", 1), ("gru", 1), ("vanilla", 1), ("lstm", 2)])
def test_evidence_and_bias_are_the_logits(pooling, both, cell, layers):
    model = small(pooling=pooling, bidirectional=both, cell=cell, layers=layers, labels=["a", "b", "c"])
    logits, evidence, weights, h = (numpy(a) for a in model.explained(TOKENS, MIXED))
    assert evidence.shape == (B, T, 3) and h.shape == (B, T, model.width)
    close(evidence.sum(axis=1) + numpy(model.head.bias), logits, 1e-5)
    close(model(TOKENS, mask=MIXED), logits, 1e-5)
    assert np.abs(evidence[0]).min() > 0 or pooling == "max"
    whole = model.explained(TOKENS)
    close(numpy(whole[1]).sum(axis=1) + numpy(model.head.bias), whole[0], 1e-5)


def test_the_evidence_of_the_last_state_is_what_each_token_changed():
    model = small(pooling="last")
    _, evidence, _, h = (numpy(a) for a in model.explained(TOKENS))
    kernel, zero = numpy(model.head.kernel), np.zeros_like(h[:, :1])
    ahead = np.diff(part(model, np.concatenate([zero, h], axis=1)), axis=1)
    back = -np.diff(part(model, np.concatenate([h, zero], axis=1), ahead=False), axis=1)
    close(evidence, np.concatenate([ahead, back], axis=-1) @ kernel, 1e-5)


def test_attention_is_a_softmax_over_the_tokens_that_count():
    model = small()
    logits, evidence, weights, h = (numpy(a) for a in model.explained(TOKENS, MIXED))
    attention, query = model.attention, np.tile(numpy(model.query), (B, 1))
    context, expected = oracles.attention(
        query,
        h @ numpy(attention.key_projection.kernel),
        h,
        numpy(attention.score_vector),
        numpy(attention.query_projection.kernel),
        MIXED,
    )
    close(weights, expected, 1e-5)
    close(weights.sum(axis=1), MIXED.any(axis=1), 1e-6)
    assert not weights[~MIXED].any() and weights[0].std() > 1e-3
    close(evidence, weights[..., None] * h @ numpy(model.head.kernel), 1e-5)
    close(logits, context @ numpy(model.head.kernel) + numpy(model.head.bias), 1e-5)


def test_the_largest_value_is_that_of_a_token_that_counts():
    model = small(pooling="max")
    logits, evidence, _, h = (numpy(a) for a in model.explained(TOKENS, MIXED))
    largest = np.where(MIXED[..., None], h, -np.inf).max(axis=1)
    largest[~MIXED.any(axis=1)] = 0  # nothing was read: the state it began with
    close(logits, largest @ numpy(model.head.kernel) + numpy(model.head.bias), 1e-5)
    assert not evidence[4].any()


def test_joined_pooling_is_the_three_others_one_behind_the_other():
    joined, width = small(pooling="joined"), small().width
    single = {name: small(pooling=name) for name in PARTS["joined"]}
    kernel = numpy(joined.head.kernel)
    total, evidence = numpy(joined.head.bias), 0
    for number, (name, model) in enumerate(single.items()):
        for own, other in zip(model.recurrence.weights, joined.recurrence.weights, strict=True):
            own.assign(other)
        model.embed.embeddings.assign(joined.embed.embeddings)
        if name == "attention":
            model.query.assign(joined.query)
            model.attention.set_weights(joined.attention.get_weights())
        model.head.kernel.assign(kernel[number * width : (number + 1) * width])
        model.head.bias.assign([0, 0])
        logits, own = (numpy(a) for a in model.explained(TOKENS, MIXED)[:2])
        total, evidence = total + logits, evidence + own
    found = joined.explained(TOKENS, MIXED)
    close(found[0], total, 1e-5)
    close(found[1], evidence, 1e-5)
    close(numpy(found[2]).sum(axis=1), MIXED.any(axis=1), 1e-6)


def test_equal_maxima_share_the_evidence():
    model = small(pooling="max", bidirectional=False)
    model.embed.embeddings.assign(np.zeros(model.embed.embeddings.shape, "float32"))
    for v in model.recurrence.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))  # every state is zero
    model.recurrence.layers[0].cell.bias.assign(normal(*model.recurrence.layers[0].cell.bias.shape))
    logits, evidence, _, _ = (numpy(a) for a in model.explained(TOKENS, MASKS["right"]))
    close(evidence.sum(axis=1) + numpy(model.head.bias), logits, 1e-5)


def test_dropout_is_on_in_training_only():
    model = small(dropout=0.4, recurrent_dropout=0.3, token_dropout=0.2, layers=2)
    close(model(TOKENS, training=False), model(TOKENS), 0)
    differ(model(TOKENS, training=True), model(TOKENS))
    differ(model(TOKENS, training=True), model(TOKENS, training=True))
    assert (model.drop.rate, model.drop_tokens.rate, model.recurrence.dropout) == (0.4, 0.2, 0.4)
    cells = [c.cell for layer in model.recurrence.layers for c in (layer.forward_layer, layer.backward_layer)]
    assert {cell.recurrent_dropout for cell in cells} == {0.3}


def test_dropped_tokens_are_dropped_whole():
    model = small(token_dropout=0.5)
    x = numpy(model.drop_tokens(model.embed(np.tile(TOKENS, (1, 8))), training=True))
    dropped = (x == 0).all(axis=-1)
    assert (dropped == (x == 0).any(axis=-1)).all() and 0.3 < dropped.mean() < 0.7


@pooling
@pytest.mark.parametrize("layers", [1, 2])
def test_every_parameter_moves_in_one_step_of_fit(pooling, layers):
    model = small(pooling=pooling, layers=layers, dropout=0.1)
    everything = np.arange(len(LETTERS)).repeat(2)[: B * T * 2].astype("int32")  # every row of the embedding is read
    tokens = np.resize(everything, (2 * B, T + 1))
    before = [numpy(v).copy() for v in model.trainable_variables]
    with uncompiled():
        model.compile(keras.optimizers.SGD(1.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(tokens, np.arange(2 * B) % 2, batch_size=2 * B, epochs=1, verbose=0)
    for old, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(numpy(variable) - old).max() > 1e-7, variable.path
    assert len(before) == 1 + layers * 6 + 2 + (4 if "attention" in PARTS[pooling] else 0)


def test_fit_learns_that_the_order_matters():
    """ab is positive, ba negative: a bag of letters cannot tell them apart."""
    model = SentimentClassifier(LETTERS, cell="gru", units=6, embedding=4, bidirectional=False, pooling="last")
    tokens, labels = np.array([[1, 2], [2, 1]] * 8, "int32"), np.array([1, 0] * 8)
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(tokens, labels, batch_size=16, epochs=40, verbose=0)
    assert [s.label for s in model.classify(["ab", "ba"])] == ["positive", "negative"]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pooling
def test_half_precision(pooling, policy):
    single = small(pooling=pooling)
    keras.config.set_dtype_policy(policy)
    try:
        half = small(pooling=pooling)
    finally:
        keras.config.set_dtype_policy("float32")
    texts = ["a good day", "bad", ""]
    with uncompiled():
        found, expected = half.probabilities(texts), single.probabilities(texts)
        evidence = [model.classify("bad").evidence for model in (half, single)]
    close(found, expected, 0.05 if policy == "mixed_bfloat16" else 0.01)
    close(found.sum(axis=1), np.ones(3), 1e-6)
    close(*evidence, 0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["good"]}, r"labels are \['good'\]; expected at least two, all different"),
        ({"labels": ["good", "good"]}, "all different"),
        ({"cell": "rnn"}, "cell is 'rnn'; expected one of lstm, gru, vanilla"),
        ({"pooling": "mean"}, "pooling is 'mean'; expected one of last, attention, max"),
        ({"units": 0}, "units is 0; expected a positive whole number"),
        ({"layers": 0}, "layers is 0; expected a whole number, 1 or more"),
        ({"embedding": 2.5}, "embedding is 2.5; expected a whole number"),
        ({"attention_units": -1}, "attention_units is -1; expected a whole number"),
        ({"max_tokens": 1}, "max_tokens is 1; expected a whole number, 2 or more"),
        ({"dropout": 1.0}, r"dropout is 1.0; expected a number in \[0, 1\)"),
        ({"recurrent_dropout": -0.1}, r"recurrent_dropout is -0.1; expected"),
        ({"token_dropout": 2}, r"token_dropout is 2; expected"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_a_bad_tokenizer():
    with pytest.raises(ValueError, match="kind 'runes'; expected one of"):
        SentimentClassifier({"kind": "runes"})


# ------------------------------------------------------------------------------------------------- text, verdicts

TEXTS = ["a good day", "가나다 bad.", "", " ", "x", "a good day too", "bad bad bad", "\ud800☃ 각"]


def test_a_verdict_is_what_the_network_says(model):
    (ids,) = LETTERS.encode(["good day"])
    logits, evidence, weights, _ = (numpy(a) for a in model.explained(ids[None]))
    verdict = model.classify("good day")
    close(verdict.probabilities, softmax(logits)[0], 1e-6)
    close(verdict.probabilities.sum(), 1.0, 1e-6)
    assert verdict.label == model.labels[logits[0].argmax()]
    assert verdict.probability == verdict.probabilities.max()
    close(verdict.evidence, evidence[0], 1e-6)
    close(verdict.attention, weights[0], 1e-6)
    assert (verdict.text, verdict.tokens, verdict.left_out) == ("good day", list("good day"), 0)
    assert verdict.spans == [(n, n + 1) for n in range(8)]


@pooling
def test_verdicts_and_probabilities_agree(pooling):
    model = small(pooling=pooling)
    verdicts = model.classify(TEXTS)
    close(np.stack([v.probabilities for v in verdicts]), model.probabilities(TEXTS), 1e-6)
    for verdict, ids in zip(verdicts, LETTERS.encode(TEXTS), strict=True):
        assert len(verdict.tokens) == len(verdict.spans) == len(verdict.evidence) == len(ids)
        close(softmax((verdict.evidence.sum(axis=0) + numpy(model.head.bias))[None])[0], verdict.probabilities, 1e-5)
        if "attention" in PARTS[pooling] and len(ids):
            close(verdict.attention.sum(), 1.0, 1e-6)
        assert (verdict.attention is None) == ("attention" not in PARTS[pooling])


def test_texts_of_many_lengths_keep_their_order(model):
    generator = np.random.default_rng(1)
    texts = ["".join(generator.choice(list("abcdef 가나"), n)) for n in generator.integers(0, 13, 60)]
    together = model.probabilities(texts)
    verdicts = model.classify(texts)
    assert [v.text for v in verdicts] == texts
    close(np.stack([v.probabilities for v in verdicts]), together, 1e-6)
    for n in (0, 7, 31, 59):
        close(model.probabilities([texts[n]])[0], together[n], 1e-6)


def test_no_texts_at_all(model):
    assert model.classify([]) == []
    assert model.probabilities([]).shape == model.probabilities_of([]).shape == (0, 2)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_to_read_is_judged_by_the_bias(text):
    model = small(pooling="attention")
    verdict = model.classify(text)
    assert len(verdict.tokens) == len(text)
    if not text:
        close(verdict.probabilities, softmax(numpy(model.head.bias)[None])[0], 1e-6)
        assert verdict.evidence.shape == (0, 2) and verdict.attention.shape == (0,)


def test_of_a_long_text_the_first_and_the_last_half_are_read(model):
    text = "abcdef" + "xyzxyz" + "ghijkl"
    verdict = model.classify(text)
    assert verdict.left_out == 6
    assert "".join(verdict.tokens) == "abcdefghijkl"
    assert verdict.spans[5:7] == [(5, 6), (12, 13)]
    close(verdict.probabilities, model.classify("abcdefghijkl").probabilities, 1e-6)
    close(model.probabilities([text])[0], verdict.probabilities, 1e-6)
    assert model.encode([text, "ab"])[1] == [6, 0]


def test_halves():
    assert shortened([1, 2, 3, 4, 5], 3) == [1, 2, 5] and shortened([1, 2, 3], 3) == [1, 2, 3]
    assert shortened(np.arange(9), 4).tolist() == [0, 1, 7, 8]
    assert shortened(list(range(5)), 2) == [0, 4]


def test_three_classes():
    model = small(labels=["bad", "so-so", "good"])
    verdicts = model.classify(["a", "bb", "good day"])
    for verdict in verdicts:
        assert verdict.probabilities.shape == (3,) and verdict.evidence.shape[1] == 3
        assert verdict.label == ["bad", "so-so", "good"][verdict.probabilities.argmax()]
    assert model.explain("good day").words[0].removal.shape == (3,)


def test_predict_of_numbers_is_that_of_keras(model):
    logits = model.predict(TOKENS, verbose=0)
    close(logits, model(TOKENS), 1e-6)


CLOTHES = {
    "generator": lambda texts: (text for text in texts),
    "tuple": tuple,
    "keys of a dictionary": lambda texts: dict.fromkeys(texts).keys(),
    "array": np.array,
    "array of objects": lambda texts: np.array(texts, dtype=object),
    "column of pandas": lambda texts: pytest.importorskip("pandas").Series(texts, index=[7, 5, 3]),
}


@pytest.mark.parametrize("kind", CLOTHES)
def test_texts_may_come_in_any_iterable(model, kind):
    texts = ["good day", "a", "bad"]
    expected = model.probabilities(texts)
    close(model.probabilities(CLOTHES[kind](texts)), expected, 0)
    verdicts = model.classify(CLOTHES[kind](texts))
    assert [verdict.text for verdict in verdicts] == texts
    close(np.stack([verdict.probabilities for verdict in verdicts]), expected, 1e-6)


NO_TEXTS = ["one text", ["good", 3], [None], ["good", float("nan")], None, 3, {"text": "good"}, np.array("good")]


@pytest.mark.parametrize("texts", [*NO_TEXTS, np.array([["good"]]), b"good", [b"good"]], ids=repr)
def test_only_texts_are_read(model, texts):
    for read in (model.probabilities, model.classify, model.tokenizer.encode):
        if texts == "one text" and read == model.classify:
            continue
        with pytest.raises(ValueError, match="texts: got .*expected a sequence of strings"):
            read(texts)


def test_a_table_of_pandas_is_no_column(model):
    pandas = pytest.importorskip("pandas")
    for texts in (pandas.DataFrame({"text": ["good"]}), pandas.Series(["good", None]), pandas.Series(["a", pandas.NA])):
        with pytest.raises(ValueError, match="texts: got .*expected a sequence of strings"):
            model.classify(texts)


@pytest.mark.parametrize("texts", ["good", ["good"], np.array(["good"]), np.array(["good"], dtype=object)], ids=repr)
def test_predict_of_texts_names_what_reads_them(model, texts):
    with pytest.raises(ValueError, match="for texts take classify"):
        model.predict(texts)


def test_rows_filled_up_with_zeros_need_no_mask():
    """Neither in `predict` nor in `fit`; zeros between other tokens are unknown ones, and count."""
    model, texts = small(), [[5, 0, 3], [4, 1, 2, 6, 1], [7]]
    padded = np.array([row + [0] * (6 - len(row)) for row in texts], dtype="int32")
    mask = np.arange(6) < np.array([3, 5, 1])[:, None]
    expected = numpy(model(padded, mask=mask))
    close(model(padded), expected, 1e-6)
    close(model.predict(padded, verbose=0), expected, 1e-5)
    close(expected, np.concatenate([numpy(model(np.array([row]))) for row in texts]), 1e-5)
    differ(model(np.array([[5, 0, 3]])), model(np.array([[5, 3]])))
    model.compile(optimizer="sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    labels = np.array([0, 1, 1])
    wanted = float(model.loss(labels, expected))
    found = model.fit(padded, labels, batch_size=3, epochs=1, verbose=0).history["loss"][0]
    assert found == pytest.approx(wanted, rel=1e-4)


def test_what_was_trained_is_what_judges():
    """The compiled readers use the weights as they are now."""
    model = small()
    before = model.probabilities(["good"])
    model.head.bias.assign(np.array([50, 0], "float32"))
    assert model.probabilities(["good"])[0, 0] > 0.999 > before[0, 0]
    assert model.classify("good").label == "negative"


# --------------------------------------------------------------------------------------------------- explanations


def test_words_with_what_they_add(model):
    text = "a good  day "
    explanation = model.explain(text)
    verdict = explanation.verdict
    assert [w.text for w in explanation.words] == ["a", "good", "day"]
    assert [text[w.start : w.end] for w in explanation.words] == ["a", "good", "day"]
    groups = [[0], [1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]  # a space belongs to the word after it
    assert "".join("".join(verdict.tokens[n] for n in g) for g in groups) == text
    for word, group in zip(explanation.words, groups, strict=True):
        close(word.evidence, verdict.evidence[group].sum(axis=0), 1e-6)
        close(word.attention, verdict.attention[group].sum(), 1e-6)
    close(sum(w.evidence for w in explanation.words), verdict.evidence.sum(axis=0), 1e-5)
    close(sum(w.attention for w in explanation.words), 1.0, 1e-6)
    close(explanation.bias, model.head.bias, 0)
    close(verdict.probabilities, model.classify(text).probabilities, 0)


def test_what_the_model_believed_after_each_word(model):
    words = model.explain("a good day").words
    beginnings = ["a", "a good", "a good day"]
    for word, beginning in zip(words, beginnings, strict=True):
        close(word.running, model.probabilities([beginning])[0], 1e-6)
    close(words[-1].running, model.classify("a good day").probabilities, 1e-6)


def test_what_would_change_without_each_word(model):
    whole = model.probabilities(["a good day"])[0]
    others = model.probabilities([" good day", "a day", "a good"])
    for word, without in zip(model.explain("a good day").words, others, strict=True):
        close(word.removal, whole - without, 1e-6)
        close(word.removal.sum(), 0.0, 1e-6)


def test_the_states_of_an_explanation(model):
    explanation = model.explain("a good day")
    (ids,) = LETTERS.encode(["a good day"])
    close(explanation.states, numpy(model.explained(ids[None])[3])[0], 1e-5)
    close(model.trace(ids[:0]).shape, (0, 8), 0)


def test_token_by_token(model):
    explanation = model.explain("가나 x", by="token")
    assert [w.text for w in explanation.words] == list("가나 x")
    close(np.stack([w.evidence for w in explanation.words]), explanation.verdict.evidence, 0)
    close([w.attention for w in explanation.words], explanation.verdict.attention, 0)
    close(explanation.words[-1].running, explanation.verdict.probabilities, 1e-6)
    close(explanation.words[0].running, model.probabilities(["가"])[0], 1e-6)


def test_one_word(model):
    (word,) = model.explain("good").words
    close(word.running, model.classify("good").probabilities, 1e-6)
    close(word.removal, model.classify("good").probabilities - model.probabilities([""])[0], 1e-6)
    close(word.attention, 1.0, 1e-6)


@pytest.mark.parametrize("text", ["", " ", " \n\t"])
@pytest.mark.parametrize("by", ["word", "token"])
def test_nothing_but_white_space_has_no_words(model, text, by):
    explanation = model.explain(text, by=by)
    assert len(explanation.words) == (len(text) if by == "token" else 0)
    assert len(explanation.states) == len(text)


@pytest.mark.parametrize("name", ["letters", "subwords", "jamo"])
def test_words_cover_all_that_is_no_space(name):
    texts = ["good, really good film!", "이 영화 정말 재미있었다...", "bad film; a waste"]
    tokenizer = {
        "letters": lambda: LETTERS,
        "subwords": lambda: SubwordTokenizer.build(texts * 3, 150),
        "jamo": lambda: CharTokenizer.build(texts, 60, "NFD"),
    }[name]()
    model = SentimentClassifier(tokenizer, cell="gru", units=4, embedding=3, attention_units=3)
    for text in ["  good,\tfilm 재미 ", "\ud800 ☃☃\r\na", "ᄌ\u1161ᆷ e\u0301"]:
        words = model.explain(text).words
        assert [w.text for w in words] == text.split()
        assert [(w.start, w.end) for w in words] == sorted((w.start, w.end) for w in words)


def test_of_many_words_some_are_looked_at(monkeypatch):
    """Of all evidence and attention; beliefs at evenly spaced words, removals of the words that weigh most."""
    monkeypatch.setattr(sentiment, "EXPLAINED_WORDS", 6)
    model = small(max_tokens=64)
    explanation = model.explain(" ".join("abcdefghijklmnop"))
    words, weights = explanation.words, [np.abs(w.evidence).max() for w in explanation.words]
    assert len(words) == 16
    believed = [n for n, w in enumerate(words) if w.running is not None]
    assert believed == [0, 3, 6, 9, 12, 15]
    close(words[-1].running, explanation.verdict.probabilities, 1e-6)
    removed = {n for n, w in enumerate(words) if w.removal is not None}
    assert removed == set(np.argsort(weights)[::-1][:6].tolist())


def test_a_long_text_explains_what_was_read(model):
    explanation = model.explain("aa bbb cc dd ee ff gg")  # 21 characters, the first and last 6 are read
    assert [w.text for w in explanation.words] == ["aa", "bbb", "ff", "gg"]
    close(explanation.words[-1].running, explanation.verdict.probabilities, 1e-6)


@pytest.mark.parametrize(
    ("text", "by", "message"), [("a", "letter", "expected 'word' or 'token'"), (3, "word", "string")]
)
def test_what_cannot_be_explained(model, text, by, message):
    with pytest.raises(ValueError, match=message):
        model.explain(text, by=by)


# --------------------------------------------------------------------------------------------------------- saving


@pytest.mark.parametrize("pooling", ["attention", "last"])
def test_a_saved_model_is_the_same_model(pooling, tmp_path):
    model = small(pooling=pooling, layers=2, dropout=0.1, token_dropout=0.1, recurrent_dropout=0.1, max_tokens=12)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    close(loaded.probabilities(["good day"]), model.probabilities(["good day"]), 1e-6)
    again = SentimentClassifier.from_config(json.loads(json.dumps(model.get_config())))
    assert again.settings == model.settings and again.labels == model.labels


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A classifier, and the folder of its bundle."""
    tokenizer = SubwordTokenizer.build(["a good film", "a bad film", "정말 좋은 영화"] * 4, 120)
    model = SentimentClassifier(tokenizer, ["나쁨", "좋음"], units=4, embedding=3, attention_units=3)
    model.build((None, None))
    folder = tmp_path_factory.mktemp("bundles") / "sentiment" / "tiny"
    return model, rnn_models.save_bundle(model, folder, {"accuracy": 0.5}, "# 감성\n", "float32")


def test_a_bundle_is_the_same_model(bundle):
    model, folder = bundle
    loaded = rnn_models.load(folder)
    assert type(loaded) is SentimentClassifier and loaded.settings == model.settings
    assert (loaded.labels, loaded.scores, loaded.card) == (["나쁨", "좋음"], {"accuracy": 0.5}, "# 감성\n")
    close(loaded.weights, model.weights, 0)
    close(loaded.probabilities(["a good film"]), model.probabilities(["a good film"]), 1e-6)
