"""What a visitor may send, whatever it is; and a model is found by its task, if its bundle is whole."""

import shutil

import gradio as gr
import pytest

from apps.char_lm import inference
from apps.shared import models, validation
from tests.support.browser import ENGLISH, KOREAN


def refused(call, *arguments):
    with pytest.raises(gr.Error) as error:
        call(*arguments, "The thing", "그것")
    told = str(error.value.message)
    assert "The thing" in told and "그것" in told and len(told) < 500 and not error.value.print_exception
    return told


@pytest.mark.parametrize("value", [1, 1.5, True, [], ["a"], {}, {"a": 1}, b"a"])
def test_what_is_no_text_is_refused(value):
    assert "is no text" in refused(validation.text_within, value, 100)


def test_texts():
    assert validation.text_within(None, 3, "", "") == "" and validation.text_within("가나다", 3, "", "") == "가나다"
    assert "4 characters; at most 3" in refused(validation.text_within, "가나다라", 3)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "1",
        "<b>",
        [],
        {},
        True,
        False,
        -1,
        11,
        float("nan"),
        float("inf"),
        -float("inf"),
        2**64,
        pytest.param(10**5_000, id="huge"),
        "9" * 9_999,
    ],
)
def test_what_is_no_number_within_bounds_is_refused(value):
    assert "choose a number from 0 to 10" in refused(validation.number, value, 0, 10)
    assert "<b>" not in refused(validation.whole_number, value, 0, 10)


def test_numbers():
    assert [validation.number(value, 0, 10, "", "") for value in (0, 10, 2.5)] == [0, 10, 2.5]
    assert validation.whole_number(3.0, 0, 10, "", "") == 3
    assert "choose a whole number" in refused(validation.whole_number, 2.5, 0, 10)


@pytest.mark.parametrize(
    "name", ["../../etc", "", "char_lm", "char_lm/", "char_lm/../sentiment/nsmc", 3, None, [], {}, "\0"]
)
def test_a_model_that_is_none_is_refused(only_tiny_models, name):
    with pytest.raises(ValueError, match="There is no model"):
        models.get(name, "char_lm")


def test_a_model_of_another_task_is_refused_though_it_is_in_memory(only_tiny_models):
    assert models.get(ENGLISH, "char_lm") is models.get(ENGLISH, "char_lm")
    assert ENGLISH in models.loaded()
    with pytest.raises(ValueError, match="There is no model"):
        models.get(ENGLISH, "sentiment")


def test_a_damaged_model_is_refused_in_words_until_it_is_mended_and_the_others_work(tiny_models, tmp_path, monkeypatch):
    for name in (ENGLISH, KOREAN):
        shutil.copytree(tiny_models / name, tmp_path / name)
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    monkeypatch.setattr(models, "_loaded", {})
    monkeypatch.setattr(models, "_refused", {})
    weights = tmp_path / ENGLISH / "weights.npz"
    whole = weights.read_bytes()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 1
    weights.write_bytes(damaged)
    with pytest.raises(gr.Error, match="tiny cannot be used: .*weights.npz is not the file that was saved") as error:
        inference.generate("a", ENGLISH, 5)
    assert str(tmp_path) not in str(error.value) and "쓸 수 없습니다" in str(error.value)
    assert models.get(KOREAN, "char_lm").vocabulary
    assert models.refused() == [ENGLISH] and models.loaded() == [KOREAN] and ENGLISH in models.found()
    weights.write_bytes(whole)
    assert models.get(ENGLISH, "char_lm").vocabulary
    assert models.refused() == [] and models.loaded() == sorted([ENGLISH, KOREAN])
