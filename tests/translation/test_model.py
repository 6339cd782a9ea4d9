"""The translator: its numbers, its two ways to run, its searches, and what it makes of text."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_models
from rnn_models import Sample, SubwordTokenizer, Translator
from rnn_models.text.sentences import pieces_of, sentences_of
from tests.support.gradients import numpy
from tests.support.helpers import BACKEND, close, differ, writing

TEXTS = ["the cat sat on the mat.", "나는 학교에 간다.", "a b c d e f g h i j k l m n o p q r s t u v w x y z ! ?"]
TOKENIZER = SubwordTokenizer.build(
    TEXTS, 340, lowercase=False, normalization="NFC", specials=("<s>", "</s>"), byte_fallback=True
)
START, END = TOKENIZER.id_of("<s>"), TOKENIZER.id_of("</s>")
FORMS = {
    "bahdanau": {},
    "gru": {"cell": "gru", "informed": True},
    "general": {"attention": "general", "layers": 2},
    "input_feeding": {"attention": "general", "input_feeding": True},
    "dot": {"attention": "dot", "bidirectional": False, "tied": False},
    "none": {"attention": "none", "reverse_source": True},
    "reversed": {"reverse_source": True, "cell": "vanilla"},
}
if BACKEND != "tensorflow":  # each form compiles its own programs
    FORMS = {form: FORMS[form] for form in ("bahdanau", "input_feeding", "none")}
every_form = pytest.mark.parametrize("form", FORMS)
few_forms = pytest.mark.parametrize("form", ["bahdanau", "none"])
looking = pytest.mark.parametrize("form", [form for form in FORMS if form != "none"])


def small(form="bahdanau", ends=1.5, **options):
    """A translator of random weights that ends its sentences before long."""
    sizes = {"units": 6, "embedding": 5, "attention_units": 4, "max_tokens": 24}
    model = Translator(TOKENIZER, "en", "ko", **sizes | FORMS[form] | options)
    return writing(model, 0.6, len(TOKENIZER), END, ends)


@pytest.fixture(scope="module")
def models():
    """One translator of each form, made and compiled once."""
    made = {}
    return lambda form="bahdanau": made.setdefault(form, small(form))


SOURCE = np.random.default_rng(0).integers(3, len(TOKENIZER), (3, 6)).astype("int32")
MASK = np.arange(6) < np.array([6, 3, 1])[:, None]
TARGET = np.concatenate([np.full((3, 1), START), np.random.default_rng(1).integers(3, 300, (3, 4))], 1).astype("int32")


# ------------------------------------------------------------------------------------------------ the network


@every_form
def test_padding_of_the_source_changes_nothing(models, form):
    model = models(form)
    logits = numpy(model(SOURCE, TARGET, source_mask=MASK))
    assert logits.shape == (3, 5, len(TOKENIZER))
    other = np.where(MASK, SOURCE, 7).astype("int32")
    close(model(other, TARGET, source_mask=MASK), logits, 1e-5)
    alone = model(SOURCE[1:2, :3], TARGET[1:2])
    close(alone, logits[1:2], 1e-5)


@looking
def test_padding_has_the_weight_zero_and_a_source_of_padding_gives_numbers(models, form):
    model = models(form)
    for mask in (MASK, np.zeros_like(MASK)):
        logits, weights = model.decode(TARGET, model.read(SOURCE, mask))
        assert np.isfinite(numpy(logits)).all()
        assert (numpy(weights)[~np.broadcast_to(mask[:, None], weights.shape)] == 0).all()
        close(numpy(weights).sum(-1), np.broadcast_to(mask.any(1)[:, None], (3, 5)), 1e-5)


@every_form
def test_a_token_is_guessed_from_those_before_it_only(models, form):
    model = models(form)
    other = TARGET.copy()
    other[:, 3:] = 9
    same, changed = (numpy(model(SOURCE, t, source_mask=MASK)) for t in (TARGET, other))
    close(changed[:, :3], same[:, :3], 1e-6)
    differ(changed[:, 3:], same[:, 3:])


def test_the_order_of_the_source_matters_and_what_it_says(models):
    model = models()
    logits = model(SOURCE, TARGET)
    differ(model(SOURCE[:, ::-1].copy(), TARGET), logits)
    differ(model(SOURCE[::-1].copy(), TARGET), logits)


def test_guesses_replace_the_true_tokens_where_they_are_to(models):
    model = models()
    none = np.zeros_like(TARGET)
    close(model(SOURCE, TARGET, replace=none), model(SOURCE, TARGET), 1e-6)
    guesses = numpy(model(SOURCE, TARGET)).argmax(-1)
    expected = TARGET.copy()
    expected[:, 2] = guesses[:, 1]
    third = none.copy()
    third[:, [0, 2]] = 1  # the first token is never replaced
    close(model(SOURCE, TARGET, replace=third), model(SOURCE, expected), 1e-6)


def test_dropout_is_there_in_training_only():
    model = small(dropout=0.4)
    close(model(SOURCE, TARGET), model(SOURCE, TARGET), 0)
    differ(model(SOURCE, TARGET, training=True), model(SOURCE, TARGET))


def test_tied_weights_are_one_matrix():
    tied, free = (Translator(TOKENIZER, units=6, embedding=5, tied=tied) for tied in (True, False))
    for model in (tied, free):
        model.build()
    size = len(TOKENIZER)
    assert free.count_params() - tied.count_params() == 2 * 5 * size


# ---------------------------------------------------------------------------------- free running and searches


@every_form
def test_teacher_forcing_on_its_own_words_is_free_running(models, form):
    model = models(form)
    sentence = model.translate("the cat sat", beam=1).sentences[0]
    ids = model.source_ids(["the cat sat"])[0]
    written = np.array([t for t in _ids(model, sentence.tokens) if t != END], dtype=np.int32)
    target = np.concatenate([[START], written]).astype("int32")[None]
    logits, weights = model.decode(target, model.read(ids[None]))
    log_probs = numpy(keras.ops.log_softmax(_allowed(model, numpy(logits))))[0]
    following = np.append(written, END)[: len(sentence.tokens)]
    close(np.log(sentence.probabilities), log_probs[np.arange(len(following)), following], 1e-4)
    if weights is not None and not model.settings["reverse_source"]:
        close(sentence.attention, numpy(weights)[0, : len(following)], 1e-4)


def _ids(model, tokens):
    pieces = {text: n for n, text in enumerate(TOKENIZER.token_texts(range(len(TOKENIZER))))}
    return [pieces[token] for token in tokens]


def _allowed(model, logits):
    logits = logits.copy()
    logits[..., [0, START]] = -1e30
    return logits


@few_forms
def test_a_beam_of_one_is_greedy(models, form):
    model = models(form)
    beam = model._sentences(["the cat"], rnn_models.Beam(1))[0]
    greedy = model.translate("the cat", beam=1).sentences[0]
    assert beam.tokens == greedy.tokens
    assert beam.search_score == pytest.approx(greedy.search_score, abs=1e-4)


def test_a_wide_beam_finds_what_brute_force_finds():
    model = small()
    few = [290, 291, 292]
    bias = np.full(len(TOKENIZER), -1e9, dtype="float32")
    bias[[END, *few]] = [1.5, 0.3, 0.1, 0.2]
    model.head_bias.assign(bias)
    ids = model.source_ids(["mat"])[0]
    ended, longest = {}, []
    rows = [words for length in range(5) for words in itertools.product(few, repeat=length)]
    # All at once, filled up: what stands after a word does not change what is guessed before it.
    target = np.array([[START, *words, *[END] * (4 - len(words))] for words in rows], dtype="int32")
    logits = _allowed(model, numpy(model(np.repeat(ids[None], len(rows), axis=0), target)))
    for words, log_p in zip(rows, numpy(keras.ops.log_softmax(logits)), strict=True):
        begun = sum(log_p[t, word] for t, word in enumerate(words))
        ended[words] = begun + log_p[len(words), END]
        longest += [begun] if len(words) == 4 else []
    ranked = sorted(ended.values(), reverse=True)
    assert max(longest) < ranked[2], "longer sequences would have to be looked at, too"
    beam = model.translate("mat", beam=12, length_penalty=0.0)
    assert beam.search_score == pytest.approx(ranked[0], abs=1e-4)
    assert _ids(model, beam.tokens) == [*max(ended, key=ended.get), END]
    close([a.score for a in beam.alternatives[:3]], ranked[:3], 1e-4)


def test_the_lattice_leads_to_what_the_beam_found(models):
    model = models()
    sentence = model.translate("the cat sat", beam=4, length_penalty=0.0).sentences[0]
    tokens, parents, log_probs = sentence.lattice
    totals = np.full(4, -np.inf)
    totals[0] = 0.0
    for t in range(len(tokens)):
        totals = totals[parents[t]] + log_probs[t]
    assert totals.max() == pytest.approx(sentence.search_score, abs=1e-4)


def test_sentences_together_are_the_sentences_alone(models):
    model = models()
    texts = ["the cat", "a b c d e f g h i j k l m n o", "mat", "z"]
    together = model.translate(texts, beam=3)
    for text, result in list(zip(texts, together, strict=True))[:2]:
        alone = model.translate(text, beam=3)
        assert alone.text == result.text
        close(alone.attention, result.attention, 1e-4)


def test_a_stream_ends_with_the_greedy_translation(models):
    model = models()
    for text in ("the cat sat on the mat", "", "the cat. A mat."):
        pieces = list(model.stream(text, piece=2))
        assert pieces[-1].strip() == model.translate(text, beam=1).text


def test_samples_follow_their_seed(models):
    model = models()
    texts = [model.translate("the cat", sample=Sample(seed=seed)).text for seed in (1, 1, 2, 3, 4)]
    assert texts[0] == texts[1] and len(set(texts)) > 1


@looking
def test_attention_is_a_distribution_over_the_tokens_of_the_source(models, form):
    found = models(form).translate("the cat sat", beam=1)
    assert found.attention.shape == (len(found.tokens), len(found.source_tokens))
    assert found.source_tokens[-1] == "</s>" and "".join(found.source_tokens[:-1]) == "▁the▁cat▁sat"
    close(found.attention.sum(1), np.ones(len(found.tokens)), 1e-4)


@pytest.mark.parametrize("form", ["bahdanau", *[form for form in FORMS if form == "reversed"]])
def test_it_can_be_made_to_look_elsewhere(models, form):
    model = models(form)
    free = model.translate("the cat sat", beam=1)
    steered = model.steer("the cat sat", 0, 1)
    close(steered.attention[0], np.eye(len(free.source_tokens))[1], 1e-6)
    later = model.steer("the cat sat", len(free.tokens) - 1, 0)
    assert later.tokens[: len(free.tokens) - 1] == free.tokens[:-1]


def test_align_says_what_it_thinks_of_a_given_translation(models):
    model = models()
    found = model.align("the cat", "나는 간다")
    assert found.text == "나는 간다" and found.tokens[-1] == "</s>"
    ids, written = model.source_ids(["the cat"])[0], TOKENIZER.encode(["나는 간다"])[0]
    logits, weights = model.decode(np.array([[START, *written]], dtype="int32"), model.read(ids[None]))
    log_probs = numpy(keras.ops.log_softmax(_allowed(model, numpy(logits))))[0]
    following = np.append(written, END)
    close(np.log(found.probabilities), log_probs[np.arange(len(following)), following], 1e-4)
    close(found.attention, numpy(weights)[0], 1e-4)
    assert found.search_score == pytest.approx(np.log(found.probabilities).sum(), abs=1e-3)
    assert model.align("the cat", "").tokens == ["</s>"]


@pytest.mark.parametrize(("at", "position"), [(-1, 0), (0, -1), (0, 99), (999, 0)])
def test_places_that_are_none_are_refused(models, at, position):
    with pytest.raises(ValueError, match="expected"):
        models().steer("the cat", at, position)


def test_without_attention_there_is_nothing_to_steer(models):
    model = models("none")
    with pytest.raises(ValueError, match="no attention"):
        model.steer("the cat", 0, 0)
    assert model.translate("the cat").attention is None


# ------------------------------------------------------------------------------------------------------- text

HOSTILE = [
    "",
    " \n\t ",
    "\x00\x07\x1b[31m",
    "\ud800 half a pair \udfff",
    "漢字 عربى עברית 🙂👩‍👩‍👧 Ω≈ç",
    "\u202eback",
    "<img src=x onerror=alert(1)></s><s><unk><0x41>",
    "!" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_translated(models, text):
    found = models().translate(text, beam=3)
    assert isinstance(found.text, str) and found.source == text
    assert np.isfinite(found.search_score)
    assert len(found.probabilities) == len(found.tokens)


def test_a_long_text_is_cut_and_nothing_is_lost(models):
    model = models()
    text = " ".join(["the cat sat on the mat"] * 40)
    found = model.translate(text, beam=1)
    assert len(found.sentences) > 10
    assert " ".join(sentence.source for sentence in found.sentences) == text
    assert found.attention.shape == (len(found.tokens), len(found.source_tokens))


def test_lines_stay_lines(models):
    found = models().translate("the cat\n\nthe mat", beam=1)
    first, second = (models().translate(line, beam=1).text for line in ("the cat", "the mat"))
    assert first and second and len(found.sentences) == 2
    assert found.text == f"{first}\n\n{second}"


def test_what_is_no_text_is_refused(models):
    with pytest.raises(ValueError, match="sequence of strings"):
        models().translate(["a", 3])


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Smith met J. Bach. He left.", ["Mr. Smith met J. Bach.", "He left."]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        ("나는 간다. 너는 온다!", ["나는 간다.", "너는 온다!"]),
        ("3.14 is e.g. a number", ["3.14 is e.g. a number"]),
        ("a\nb\n\nc", ["a", "b", "c"]),
        ("a dog\u2028a cat \u2029 \x85b\vc\rd\r\ne", ["a dog", "a cat", "b", "c", "d", "e"]),  # other ends of lines
        ("...", ["..."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences(text, sentences):
    assert [sentence for sentence, _ in sentences_of(text)] == sentences


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aB .!?\n\"'가。\u3000\x1c"))
def test_sentences_and_what_is_between_them_are_the_text(text):
    found = sentences_of(text)
    assert "".join(sentence + after for sentence, after in found) == text.lstrip()
    assert all(sentence.strip() for sentence, _ in found)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab 가", min_size=1, max_size=60), st.integers(1, 9))
def test_pieces_are_short_and_complete(text, limit):
    text = text.strip() or "a"
    spans = TOKENIZER.spans(text)
    pieces = pieces_of(text, spans, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    # A character of its own is "▁" and up to three bytes, which are not cut.
    assert all(len(TOKENIZER.spans(piece)) <= limit + 4 for piece in pieces)


# ------------------------------------------------------------------------------------------ options and saving


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cell": "elman"}, "cell is 'elman'"),
        ({"attention": "cosine"}, "attention is 'cosine'"),
        ({"units": 0}, "units is 0"),
        ({"layers": 0}, "layers is 0"),
        ({"embedding": 2.5}, "embedding is 2.5"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"attention": "dot"}, "bidirectional=False"),
        ({"input_feeding": True}, "belongs to Luong"),
        ({"informed": True, "attention": "general"}, "belongs to Bahdanau"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        Translator(TOKENIZER, **options)


def test_a_tokenizer_without_the_special_tokens_is_refused():
    with pytest.raises(ValueError, match="<s>"):
        Translator(SubwordTokenizer.build(TEXTS, 100))


@few_forms
def test_a_bundle_gives_the_same_translations(models, form, tmp_path):
    model = models(form)
    folder = rnn_models.save_bundle(model, tmp_path / "translation" / form, {}, "", dtype="float32")
    again = rnn_models.load(folder)
    first, second = model.translate("the cat sat", beam=3), again.translate("the cat sat", beam=3)
    assert first.text == second.text and first.search_score == pytest.approx(second.search_score, abs=1e-5)
