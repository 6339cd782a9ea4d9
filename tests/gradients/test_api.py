"""The API of the page of gradients, as programs meet it: names, types, answers and refusals."""

import pytest

from apps.gradients import clipped_runs, inference, race
from tests.support.browser import MARKUP, visitor

pytestmark = pytest.mark.usefixtures("only_tiny_models")


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_api_is_named_typed_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = {path: [entry["parameter_name"] for entry in endpoints[path]["parameters"]] for path in endpoints}
    assert names["/gradient_flow"] == ["steps", "gain", "scale", "forget_bias", "activation", "variant", "seed"]
    assert names["/train_race"] == ["task", "length", "first", "second", "rate", "steps", "seed"]
    for path in ("/gradient_flow", "/clipping", "/train_race"):
        assert all("description" in entry["python_type"] for entry in endpoints[path]["parameters"]), path
    assert "show_flow" not in str(endpoints) and "show_race" not in str(endpoints)


def test_the_api_answers_what_the_page_shows(client):
    found = client.predict(20, 1.1, 0.5, 2, "relu", "mgu", 5, api_name="/gradient_flow")
    own = inference.gradient_flow(20, 1.1, 0.5, 2, "relu", "mgu", 5)
    assert list(found["cells"]) == ["vanilla", "lstm", "gru", "mgu"] and found["settings"]["seed"] == 5
    for cell, lines in own["cells"].items():
        assert found["cells"][cell]["h"] == pytest.approx(lines["h"], rel=1e-5)
    runs = client.predict(10, 8, 1.5, 0.1, 1.0, 0.1, "tanh", 2, api_name="/clipping")["runs"]
    assert runs == clipped_runs.clipping(10, 8, 1.5, 0.1, 1.0, 0.1, "tanh", 2)["runs"]
    raced = client.predict("adding", 10, "vanilla", "mgu", 0.01, 50, 1, api_name="/train_race")
    assert len(raced["losses"]["mgu"]) == 50 and raced["ended"] == "steps" and raced["guessing"] == 1 / 6
    assert set(raced["parameters"]) == set(race.checked("adding", 10, "vanilla", "mgu", "0.01", 50, 1).cells)


@pytest.mark.parametrize(
    ("endpoint", "arguments", "told"),
    [
        ("/gradient_flow", {"steps": 10**9}, "T is 1000000000; choose a number from 5 to 200"),
        ("/gradient_flow", {"gain": -1}, "The gain of U is -1; choose a number from 0.1 to 2.0"),
        ("/gradient_flow", {"variant": MARKUP}, "The variant is .* expected one of: none, mut1"),
        ("/gradient_flow", {"seed": -1}, "The seed is -1"),
        ("/clipping", {"norm_limit": 0}, "The limit of the norm is 0"),
        ("/clipping", {"activation": "selu"}, "The activation is .*selu.* expected one of: tanh, relu"),
        ("/train_race", {"steps": 10**6}, "choose a number from 50 to 2,000"),
        ("/train_race", {"first": "gru"}, "choose two different ones"),
        ("/train_race", {"rate": 5.0}, "The learning rate is .* expected one of: 0.001"),
    ],
)
def test_the_api_explains_what_it_refuses(client, endpoint, arguments, told):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=told):
        client.predict(api_name=endpoint, **arguments)
