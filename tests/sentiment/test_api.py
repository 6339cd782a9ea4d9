"""The sentiment page's API, as programs meet it: names, types, answers and refusals."""

from pathlib import Path

import pytest

from apps.sentiment import inference
from tests.support.browser import MARKUP, visitor

pytestmark = pytest.mark.usefixtures("only_tiny_models")

KOREAN, ENGLISH, STARS = "sentiment/nsmc", "sentiment/imdb", "sentiment/stars"


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_api_is_named_typed_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) >= {"/classify", "/explain", "/compare", "/classify_table", "/sentiment_models"}
    names = {path: [entry["parameter_name"] for entry in endpoints[path]["parameters"]] for path in endpoints}
    assert names["/classify"] == ["text", "model"] and names["/explain"] == ["text", "model", "by"]
    assert names["/compare"] == ["a", "b", "model"] and names["/classify_table"] == ["file", "column", "model"]
    assert endpoints["/classify"]["description"].startswith("What a model thinks of a text")
    assert "show_review" not in str(endpoints)


def test_the_api_answers(client):
    assert client.predict(api_name="/sentiment_models") == sorted([KOREAN, ENGLISH, STARS])
    assert client.predict("정말 좋다", api_name="/classify") == inference.classify("정말 좋다")
    assert client.predict("so good", by="token", api_name="/explain")["words"][0]["text"] == "s"
    assert client.predict(a="so good", b="so bad", model=STARS, api_name="/compare")["a"]["changed"] == ["good"]


@pytest.mark.parametrize(("text", "model", "told"), [("", "auto", "no text"), (MARKUP, "x", "no model")])
def test_the_api_explains_what_it_refuses(client, text, model, told):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=told):
        client.predict(text, model, api_name="/classify")


def test_the_api_labels_a_table(client, tmp_path):
    from gradio_client import handle_file

    table = tmp_path / "mine.csv"
    table.write_text("a,b\n정말 좋다,1\n", encoding="utf-8")
    path, summary, preview = client.predict(handle_file(table), column="a", api_name="/classify_table")
    lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "a,b,label,probability,note" and lines[1].startswith("정말 좋다,1,")
    assert "rnn-counts" in summary and "정말 좋다" in preview
