"""Translations that are guesses: the page says so, and names what the first example is to show."""

import numpy as np
import pytest

import rnn_models
from apps.shared import models
from apps.translation import examples, inference, out_of_domain, page, views
from rnn_models import checksums
from rnn_models.tasks.translation import Sentence, Translation
from rnn_models.text.words import unseen, words_of
from training.core.bundles import rewrite
from training.data.records import Pairs
from training.translation import out_of_domain as measuring

MODEL = "translation/en-ko"
LIMITS = {"longest": 5, "unknown_share": 0.2, "mean_nll": 1.0}
KNOWN = frozenset(words_of("the network reads a sentence it forgets nothing two dogs"))


def translation(*sources: str, nats: float = 0.5) -> Translation:
    """Translations of two tokens each."""
    nlls = np.full(2, -nats, np.float32)
    parts = [
        Sentence(source=source, text="x", source_tokens=[], tokens=["x", "</s>"], log_probs=nlls, search_score=0.0)
        for source in sources
    ]
    return Translation(" ".join(sources), "x", parts)


def told(found: Translation, language: str = "en", limits: dict = LIMITS, known: frozenset = KNOWN) -> list[str]:
    hints = out_of_domain.hints(found, language, limits, known)
    assert all(hint.english and hint.korean and hint.short for hint in hints)
    return [hint.short.partition(" · ")[0].removeprefix("guess: ") for hint in hints]


def test_what_is_usual_is_not_doubted():
    assert told(translation("The network reads a sentence.", "Two dogs!")) == []
    assert told(translation("Der Hund."), "de", {}, frozenset()) == []  # a bundle that was not measured


def test_a_text_in_other_letters_is_a_guess():
    assert told(translation("신경망은 잊는다.")) == told(translation("мир")) == ["another script"]
    assert told(translation("Two dogs."), "ko") == ["another script"]
    assert told(translation("1 + 1 🙂")) == ["no words"]
    assert told(translation("12a4"), "digits") == ["another script"]
    assert told(translation("新しい"), "ja", LIMITS, frozenset()) == []  # of that language's letters nothing is known


def test_words_that_the_training_text_did_not_have_are_named():
    found = translation("The Network forgot.")
    assert told(found) == ["unknown words"]
    (hint,) = out_of_domain.hints(found, "en", LIMITS, KNOWN)
    assert "“forgot”." in hint.english and "Network" not in hint.english and "forgot" in hint.korean
    assert told(translation("The network reads it nicely")) == []  # a fifth of the words is usual here
    many = translation(" ".join(f"w{n}" for n in range(9)))
    assert "w5” …" in out_of_domain.hints(many, "en", LIMITS | {"longest": 9}, KNOWN)[0].english
    assert unseen("Two cats, two Cats", {"two"}) == (["cats", "Cats"], 0.5)


def test_long_and_unsure_sentences_are_told_with_their_numbers():
    (long,) = out_of_domain.hints(translation("two dogs two dogs two dogs"), "en", LIMITS, KNOWN)
    assert long.english.startswith("6 words") and "had 5" in long.english
    (digits,) = out_of_domain.hints(translation("123 456"), "digits", {"longest": 5}, frozenset())
    assert digits.english.startswith("6 digits")
    assert told(translation("two dogs", nats=1.5)) == ["unsure"]
    (unsure,) = out_of_domain.hints(translation("two dogs", "the network", nats=1.5), "en", LIMITS, KNOWN)
    assert unsure.english.startswith("Sentence 1: ") and "1.50" in unsure.english and "1.00" in unsure.english


# In a bundle -----------------------------------------------------------------------------------------


def test_the_page_and_programs_are_told(only_tiny_models, monkeypatch):
    monkeypatch.setattr(models, "scores", lambda *_: {"limits": LIMITS | {"mean_nll": 99, "longest": 99}})
    monkeypatch.setattr(models, "words", lambda *_: KNOWN)
    answer = inference.translate("The network forgot.", MODEL, beam=2)
    assert answer["hints"] and "forgot" in answer["hints"][0]
    *_, (_, second, _) = page.show_translation("The network forgot.", MODEL, 2, 1.0)
    assert 'class="rnn-hints"' in second and "forgot" in second
    assert inference.hints(MODEL, translation("Two dogs.")) == []


def test_limits_are_kept_in_a_bundle(tmp_path, monkeypatch):
    folder = tmp_path / "translation" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", "utf-8")
    checksums.write(folder)
    rewrite(folder, scores={"limits": LIMITS}, words=KNOWN)
    checksums.check(folder)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    assert models.words("translation/mine", "translation") == KNOWN
    assert models.scores("translation/mine", "translation") == {"limits": LIMITS}
    assert models.words("translation/none", "translation") == frozenset()


class Model:
    """It is as unsure as a sentence is long."""

    settings = {"source_language": "en"}

    def translate(self, texts, **_):
        return [translation(text, nats=len(text.split())) for text in texts]


def test_limits_are_those_of_the_validation_sentences_and_reported():
    train = Pairs(["Two dogs.", "The network reads a sentence"], ["개", "글"], ["", ""])
    validation = Pairs(["Two cats."] * 9 + ["Dogs"], ["x"] * 9 + ["개"], [""] * 10)
    found = measuring.limits(Model(), train, validation, beam=1, length_penalty=1.0)
    assert found == {"longest": 5, "unknown_share": 0.5, "mean_nll": 2.0}
    known = measuring.known_words(train.sources, "en")
    strict = {"longest": 1, "unknown_share": 0.0, "mean_nll": 5.0}
    report = measuring.report(Model(), validation, known, strict, 1, 1.0)
    assert "too long" in report and "90.0 %" in report and "unsure" not in report
    other = measuring.report_of_others(Model(), ["Cats!"], known, strict, 1, 1.0)
    assert [line.split()[-2] for line in other.splitlines()[1:]] == ["0.0", "100.0", "0.0", "100.0"]
    assert measuring.known_words(["12", "3"], "digits") == set() and measuring.length("1 2 3", "digits") == 3


# The lesson ------------------------------------------------------------------------------------------


def sentence(tokens: list[str], *nats: float) -> Sentence:
    nlls = -np.asarray(nats, np.float32)
    return Sentence(source="", text="", source_tokens=[], tokens=tokens, log_probs=nlls, search_score=0.0)


def test_where_greedy_and_beam_part_is_told():
    greedy, beam = sentence(["▁a", "▁b", "</s>"], 0.1, 3.0, 0.1), sentence(["▁c", "</s>"], 0.5, 0.2)
    story = views.lesson(greedy, beam)
    assert "At token 1" in story and ">a</bdi></b> (90.5 %)" in story and "12.2 times" in story
    assert views.lesson(greedy, greedy) == ""
    assert "better score" in views.lesson(beam, greedy)
    assert views.lesson(sentence(["▁a"], 0.1), sentence(["▁a", "▁b"], 0.1, 0.1)) == ""  # one was cut off


@pytest.mark.slow
def test_the_first_example_shows_what_it_says(monkeypatch):
    monkeypatch.delenv("RNN_MODELS_DIR", raising=False)
    model, text = rnn_models.load("translation/en-ko"), examples.EVERYDAY.easy[0].texts["en"]
    greedy, beam = (model.translate(text, beam=width) for width in (1, 5))
    assert greedy.tokens[0] != beam.tokens[0] and beam.log_prob > greedy.log_prob
    assert "삼촌" in beam.text and "삼촌" not in greedy.text
    assert (
        out_of_domain.hints(beam, "en", model.scores["limits"], models.words("translation/en-ko", "translation")) == []
    )
