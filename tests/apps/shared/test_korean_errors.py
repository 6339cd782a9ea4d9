"""What a visitor's input can cause is said in Korean in its own words, not as one sentence for all errors."""

from types import SimpleNamespace

import gradio as gr
import pytest

from apps.captioning import inference as captioning
from apps.char_lm import inference as char_lm
from apps.char_lm import surprisal
from apps.sentiment import inference as sentiment
from apps.shared import validation
from apps.translation import inference as translation
from tests.support.browser import CAPTIONING, ENGLISH, TRANSLATION

PICTURE = "apps/captioning/assets/pictures/cat.jpg"
PLAIN = SimpleNamespace(attention=None, tokens=["a"], source_tokens=["b"], grid=(7, 7))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: char_lm.generate("a", "nope"), "고를 수 있는 모델: char_lm/tiny"),
        (lambda: surprisal.score("a", "nope"), "라는 모델은 없습니다"),
        (lambda: sentiment.classify("a", "nope"), "라는 모델은 없습니다"),
        (lambda: sentiment.explain("a", "auto", "letters"), "'word'(낱말)"),
        (lambda: translation.translate("a", "nope"), "라는 모델은 없습니다"),
        (lambda: translation.steer("a", 0, 0, list(TRANSLATION)[1]), "돌릴 주의(어텐션)가 없습니다"),
        (lambda: captioning.caption_image(PICTURE, "nope"), "라는 모델은 없습니다"),
        (lambda: captioning.steer_caption(PICTURE, 0, 0, list(CAPTIONING)[2]), "돌릴 주의(어텐션)가 없습니다"),
        (lambda: captioning.caption_image(None), "사진이 없습니다"),  # told inside of what catches errors
        (lambda: char_lm.generate("a", ENGLISH, top_p=2), "누적 확률 p 값이 2입니다"),
    ],
)
def test_errors_have_korean_of_their_own(only_tiny_models, monkeypatch, call, told):
    monkeypatch.setattr(translation, "greedy_of_one", lambda text, model: (model, None, PLAIN))
    monkeypatch.setattr(captioning, "describe", lambda *_, **__: PLAIN)
    with pytest.raises(gr.Error) as error:
        call()
    english, korean = str(error.value.message).split("<br>")
    assert told in korean.replace("&#x27;", "'") and validation.IN_ENGLISH not in korean
    assert not any("가" <= letter <= "힣" for letter in english)
