"""The search for cells: planted ones rank first, scores are as defined, what is read is what was run."""

import numpy as np
import pytest
from keras import ops

from rnn_models import CharLM, CharVocabulary
from rnn_models.probes import cells
from rnn_models.probes.cells import hypotheses, patterns, scores
from rnn_models.probes.cells.searching import halves
from rnn_models.tasks.sentiment import SentimentClassifier
from rnn_models.text.tokenizers import CharTokenizer

SYMBOLS = '\n "()abcde'
PLANTED = {"bracket_depth": 3, "in_quotes": 5, "line_position": 7}


def planted(units: int = 12) -> CharLM:
    """An LSTM that knows three things, each in one cell; its other cells are drawn at random."""
    model = CharLM(CharVocabulary(SYMBOLS), units=units, layers=1)
    model.build((None, None))
    cell = model.recurrence.layers[0].cell
    w, u, b = (np.array(weight) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
    w *= 4
    at = {symbol: number for number, symbol in enumerate(model.vocabulary.symbols)}
    i, f, o, g = (lambda unit, gate=gate: gate * units + unit for gate in range(4))
    for unit in PLANTED.values():
        for gate in (i, f, o, g):
            w[:, gate(unit)] = u[:, gate(unit)] = b[gate(unit)] = 0
        b[o(unit)] = 20
    depth, quotes, line = (PLANTED[name] for name in ("bracket_depth", "in_quotes", "line_position"))
    b[i(depth)], b[f(depth)] = -20, 20
    w[[at["("], at[")"]], i(depth)] = 40
    w[at["("], g(depth)], w[at[")"], g(depth)] = np.arctanh(0.1), -np.arctanh(0.1)
    b[i(quotes)], b[f(quotes)], b[g(quotes)] = -20, 20, 10
    w[at['"'], i(quotes)], w[at['"'], f(quotes)], u[quotes, g(quotes)] = 40, -40, -40
    b[i(line)] = b[f(line)] = 20
    w[at["\n"], i(line)] = w[at["\n"], f(line)] = -40
    b[g(line)] = np.arctanh(1 / 80)
    cell.kernel.assign(w), cell.recurrent_kernel.assign(u), cell.bias.assign(b)
    return model


def a_text(length: int = 4000, seed: int = 0) -> str:
    """Words, brackets up to 4 deep, quotes, and lines of at most 60 characters."""
    draw, text, depth, column = np.random.default_rng(seed), [], 0, 0
    for chance in draw.random(length):
        character = str(draw.choice(list("abcde ")))
        if column > 55 or chance < 0.02:
            character = "\n"
        elif chance < 0.08:
            character = "(" if depth == 0 or (depth < 4 and chance < 0.05) else ")"
            depth += 1 if character == "(" else -1
        elif chance < 0.11:
            character = '"'
        if text[-1:] == ["\n"] and character == "\n":
            character = "a"  # an empty line would end what is quoted
        text.append(character)
        column = 0 if character == "\n" else column + 1
    return "".join(text)


@pytest.fixture(scope="module")
def model() -> CharLM:
    return planted()


@pytest.fixture(scope="module")
def reading(model: CharLM) -> cells.Reading:
    return cells.read(model, a_text(), streams=1)


def test_planted_cells_rank_first(model, reading):
    chosen, held = halves(reading)
    null = halves(cells.read(cells.untrained(model), a_text(), streams=1))[1]
    for found in cells.rank(chosen, held, list(PLANTED), null):
        name = found.hypothesis.name
        assert found.best.unit.index == PLANTED[name], name
        assert found.best.chosen >= 0.999 and found.best.score >= 0.999, name
        assert found.beats_nulls and found.probe > 0.99, name
        assert found.bounds[0] - 1e-5 <= found.best.score <= found.bounds[1] + 1e-5
        assert max(found.shifted, found.untrained) < 0.9
    depth = reading.values(cells.Unit("layer_0", "c", PLANTED["bracket_depth"]))
    assert np.abs(10 * depth - hypotheses.bracket_depth(reading.texts[0])).max() < 1e-2


def test_what_is_read_is_what_the_model_computes(model, reading):
    text = a_text()
    assert np.allclose(reading.nats[:-1], model.score(text)[1:], atol=1e-4) and np.isnan(reading.nats[-1])
    tokens = model.vocabulary.encode("\n" + text[:100])
    _, h, c = _last_states(model, tokens)
    assert np.allclose(reading.states["layer_0", "h"][99], h, atol=1e-5)
    assert np.allclose(reading.states["layer_0", "c"][99], c, atol=1e-5)
    twin = cells.untrained(model)  # a planted cell remembers for ever, an untrained one not 1,000 steps
    apart, whole = (cells.read(twin, text, streams=count).states["layer_0", "c"] for count in (3, 1))
    assert np.allclose(apart, whole, atol=1e-5)


def _last_states(model: CharLM, tokens: np.ndarray) -> tuple:
    states = model.get_initial_state(1)
    for token in tokens:
        logits, states = model.step(ops.convert_to_tensor([token]), states)
    return logits, ops.convert_to_numpy(states[0][0])[0], ops.convert_to_numpy(states[0][1])[0]


def test_gates_of_planted_cells_are_saturated(reading):
    forget, write = reading.saturation["layer_0", "f"], reading.saturation["layer_0", "i"]
    unit = PLANTED["bracket_depth"]
    assert forget[0, unit] == 0 and abs(forget[1, unit] - 1) < 1e-6
    brackets = (hypotheses._among(reading.texts[0], "()")).mean()
    assert abs(write[1, unit] - brackets) < 1e-3 and abs(write[0, unit] - (1 - brackets)) < 1e-3


def test_a_unit_taken_away_is_zero_and_costs_what_it_is_worth(model, reading):
    unit = cells.Unit("layer_0", "c", PLANTED["in_quotes"])
    without = cells.read(model, a_text(), [unit], streams=1)
    assert not without.values(unit).any() and without.states["layer_0", "c"].any()
    found = cells.ablate(model, a_text(), unit, hypotheses.HYPOTHESES["in_quotes"], whole=reading)
    assert sum(found.steps) == len(reading) - 1 and found.costs != (0, 0)
    label = reading.labels(hypotheses.HYPOTHESES["in_quotes"])[:-1] > 0
    assert abs(found.per_step[:-1][label].mean() - found.costs[0]) < 1e-5


def test_scores_are_those_of_their_definitions():
    draw = np.random.default_rng(1)
    values = np.round(draw.normal(size=(300, 5)), 1).astype(np.float32)  # with ties
    labels = (draw.random(300) < 0.3).astype(np.float32)
    found = 0.5 + scores.products(scores.weights_of(labels, "flag")[None], values, "flag")[0]
    for number in range(5):
        true, false = values[labels > 0, number], values[labels == 0, number]
        pairs = (true[:, None] > false).mean() + (true[:, None] == false).mean() / 2
        assert abs(found[number] - pairs) < 1e-5
    counts = draw.normal(size=300).astype(np.float32)
    r = scores.products(scores.weights_of(counts, "count")[None], values, "count")
    assert np.allclose(r[0], [np.corrcoef(values[:, n], counts)[0, 1] for n in range(5)], atol=1e-5)
    assert np.isnan(scores.one_score(values[:, 0], np.ones(300, np.float32), "flag"))


def test_bounds_know_that_neighbours_are_alike():
    """A label in runs of 100 has as much evidence as there are runs, not steps."""
    draw = np.random.default_rng(2)
    runs = np.repeat(draw.integers(0, 2, 40), 100).astype(np.float32)
    values = np.repeat(draw.normal(size=40), 100).astype(np.float32)
    by_block = scores.bounds(values, runs, "flag", np.arange(4000) // 200)
    by_step = scores.bounds(values, runs, "flag", np.arange(4000))
    assert by_block[1] - by_block[0] > 4 * (by_step[1] - by_step[0])
    low, high = scores.bounds(values, values * 2 + 1, "count", np.arange(4000) // 200)
    assert low > 0.999 and high < 1.001


LABELS = [
    ("in_quotes", 'a "b" c', "0011000"),
    ("bracket_depth", ")(a[b])", "0112210"),
    ("line_position", "ab\ncd", "12012"),
    ("word_position", "ab cd", "12012"),
    ("indent", "  a\n\tb", "122088"),
    ("digit", "a12b", "0110"),
    ("capital", "aB", "01"),
    ("url", "a http://x.y b", "00000000111100"),
    ("sentence_end", "abcdefg. b", "0011111000"),
    ("newline", "abcdefg\nb", "001111100"),
    ("speaker", "x\n\nTOM:\nHi: \n", "0001111000000"),
    ("syllable_position", "a각\u1100\u1161\u11a8", "03123"),
    ("final_consonant", "가각", "01"),
    ("final_consonant_next", "\u1100\u1161\u11a8", "010"),
    ("comment_python", "a # b\n'#'", "001110000"),
    ("string_python", "a'b\\'c'#'", "011111000"),
    ("comment_c", "a/*b*/c//d", "0011100011"),
    ("string_c", 'a"b"', "0110"),
]


@pytest.mark.parametrize(("name", "text", "expected"), LABELS, ids=[name for name, *_ in LABELS])
def test_labels(name: str, text: str, expected: str):
    found = hypotheses.HYPOTHESES[name].labels(text)
    assert "".join(str(int(label)) for label in found) == expected
    assert hypotheses.HYPOTHESES[name].labels("").shape == (0,)


def test_polarity_counts_words_as_they_end():
    found = hypotheses.HYPOTHESES["polarity"].labels("good, bad. 재미없다")
    assert found[[2, 3, 7, 8]].tolist() == [0, 1, 1, 0] and found[-1] == -1


def test_hypotheses_of_ones_own():
    assert cells.matching(r"b+").labels("abba").tolist() == [0, 1, 1, 0]
    own = cells.hypothesis_of(lambda text: np.array([letter == "a" for letter in text]))
    assert own.kind == "flag" and own.labels("ab").tolist() == [1, 0]
    assert cells.hypothesis_of(lambda text: list(range(len(text)))).kind == "count"
    with pytest.raises(ValueError, match="one finite number for each of the 2 characters"):
        cells.hypothesis_of(lambda text: [1]).labels("ab")
    with pytest.raises(ValueError, match="expected one of in_quotes"):
        cells.hypothesis_of("nothing")


def test_patterns_are_bounded():
    with pytest.raises(cells.PatternError, match="no regular expression"):
        cells.matching("(")
    assert patterns.spans("^b", "a\nbb", seconds=20) == patterns.spans("^b", "a\nbb") == [(2, 3)]
    with pytest.raises(cells.PatternError, match=r"still being matched after 0.3 seconds.*one repeat inside another"):
        patterns.spans(r"(a+)+b", "a" * 60, seconds=0.3)


def test_a_classifier_reads_texts(model):
    tokenizer = CharTokenizer.build(["a good bad one"], 20)
    classifier = SentimentClassifier(tokenizer, units=3, embedding=4, attention_units=3)
    texts = ["good", "a bad good one"] * 20
    seen = cells.read(classifier, texts)
    assert set(seen.states) == {(f"layer_0/{way}", state) for way in ("forward", "backward") for state in "hc"}
    ids, _ = classifier.encode(texts)
    assert len(seen) == sum(map(len, ids)) and seen.units == 6
    assert np.allclose(seen.verdicts, classifier.probabilities(texts), atol=1e-5)
    assert np.allclose(seen.states["layer_0/forward", "h"][: len(ids[0])], classifier.trace(ids[0])[:, :3], atol=1e-5)
    first, second = halves(seen)
    assert first.rows[-1] == 19 and second.rows[0] == 20  # never inside a text
    unit = cells.Unit("layer_0/backward", "h", 2)
    found = cells.ablate(classifier, texts, unit, cells.matching("bad"), labels=[1, 0] * 20, whole=seen)
    assert found.steps == (20, 20)
    with pytest.raises(ValueError, match="one for each text"):
        cells.ablate(classifier, texts, unit, cells.matching("bad"))


def test_refusals(model):
    with pytest.raises(ValueError, match="at least two"):
        cells.read(model, "a")
    with pytest.raises(ValueError, match="reads no text"):
        cells.read(model.head, "abc")
    with pytest.raises(ValueError, match="no unit layer_9"):
        cells.read(model, "abc", [cells.Unit("layer_9", "h", 0)])
    with pytest.raises(ValueError, match="expected at least 200"):
        cells.search(model, "abc", ["digit"], null=False)
