"""The character model's API, as programs meet it: names, types, answers and refusals."""

import pytest

from tests.support.browser import ENGLISH, visitor


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_api_is_named_typed_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) >= {"/generate", "/score", "/char_lm_models"}
    parameters = {entry["parameter_name"]: entry for entry in endpoints["/generate"]["parameters"]}
    assert list(parameters) == ["prompt", "model", "length", "temperature", "top_k", "top_p", "seed"]
    assert parameters["length"]["python_type"]["type"] == "int"
    assert all(entry["parameter_has_default"] for entry in parameters.values())
    assert "Continue a prompt" in endpoints["/generate"]["description"]


def test_the_api_answers(client):
    assert ENGLISH in client.predict(api_name="/char_lm_models")
    for name, older in (("/char_lm_models", "/models"), ("/captioning_models", "/list_captioners")):
        assert client.predict(api_name=older) == client.predict(api_name=name)
    ask = {"prompt": "a", "model": ENGLISH, "length": 20, "seed": 4, "api_name": "/generate"}
    text = client.predict(**ask)
    assert len(text) == 20 and client.predict(**ask) == text
    score = client.predict(text="ab", model=ENGLISH, api_name="/score")
    assert score["characters"] == ["a", "b"] and len(score["nats"]) == 2


@pytest.mark.parametrize(
    ("change", "told"), [({"length": 10**6}, "2,000"), ({"model": "../../../tmp"}, "There is no model")]
)
def test_the_api_explains_what_it_refuses(client, change, told):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=told):
        client.predict(**{"prompt": "a", "model": ENGLISH, "api_name": "/generate"} | change)
