"""The translation page's API, as programs meet it: names, types, answers and refusals."""

import pytest

from apps.translation import inference
from tests.support.browser import MARKUP, visitor

pytestmark = pytest.mark.usefixtures("only_tiny_models")

GERMAN, KOREAN, PLAIN = "translation/de-en", "translation/en-ko", "translation/en-ko-no-attention"
TEXT = "two dogs in the snow"


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_api_is_named_typed_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) >= {"/translate", "/align", "/steer", "/translation_models"}
    names = {path: [entry["parameter_name"] for entry in endpoints[path]["parameters"]] for path in endpoints}
    assert names["/translate"] == ["text", "model", "beam", "length_penalty"]
    assert endpoints["/translate"]["description"].startswith("Translate a text")
    assert "show_translation" not in str(endpoints)


def test_the_api_answers(client):
    assert {GERMAN, KOREAN, PLAIN} < set(client.predict(api_name="/translation_models"))
    answer = client.predict(TEXT, KOREAN, beam=2, api_name="/translate")
    assert answer == inference.translate(TEXT, KOREAN, beam=2)
    (sentence,) = answer["sentences"]
    assert len(sentence["attention"]) == len(sentence["tokens"]) == len(sentence["probabilities"])
    assert all(len(row) == len(sentence["source_tokens"]) for row in sentence["attention"])
    plain = client.predict(TEXT, PLAIN, beam=1, api_name="/translate")["sentences"][0]
    assert plain["attention"] is None
    aligned = client.predict(TEXT, sentence["text"], KOREAN, api_name="/align")
    assert aligned["text"] == sentence["text"] and aligned["score"] < 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((" ", GERMAN), "no text"),
        ((MARKUP, "x"), "no model"),
        ((TEXT, GERMAN, 99), "beam"),
        (("a. " * 900, GERMAN), "2,000"),
    ],
)
def test_the_api_explains_what_it_refuses(client, arguments, told):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=told):
        client.predict(*arguments, api_name="/translate")
