"""The captioning page's API, as programs meet it: names, types, answers and refusals."""

import math

import numpy as np
import pytest

from apps.captioning.examples import PICTURES
from tests.support.browser import CAPTIONING, visitor

SOFT, HARD, STATE, MERGE = CAPTIONING


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


@pytest.fixture(scope="module")
def cat():
    from gradio_client import handle_file

    return handle_file(PICTURES / "cat.jpg")


def test_the_api_is_named_typed_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) >= {"/caption_image", "/steer_caption", "/captioning_models"}
    names = {path: [entry["parameter_name"] for entry in endpoints[path]["parameters"]] for path in endpoints}
    assert names["/caption_image"] == ["picture", "model", "beam", "length_penalty", "samples", "temperature"]
    assert names["/steer_caption"] == ["picture", "at", "place", "model"]
    assert endpoints["/caption_image"]["description"].startswith("Say in a sentence what a picture shows")
    assert "show_caption" not in str(endpoints)


def test_the_api_answers(client, cat):
    assert client.predict(api_name="/captioning_models") == sorted(CAPTIONING)
    answer = client.predict(cat, beam=1, api_name="/caption_image")
    assert answer["model"] == SOFT and answer["grid"] == [7, 7] and answer["strange"] is True
    assert answer["text"].split() == [word for word in answer["words"] if word != "</s>"]
    weights = np.array(answer["attention"])
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-3)
    assert answer["score"] == pytest.approx(sum(map(math.log, answer["probabilities"])), abs=1e-2)
    assert all(0 <= bits <= math.log2(49) + 1e-6 for bits in answer["entropy"])
    turned = client.predict(cat, at=0, place=48, model=SOFT, api_name="/steer_caption")
    assert turned["before"]["words"] == answer["words"] and turned["after"]["attention"][0][48] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [({"model": "../../etc"}, "no model"), ({"beam": 99}, "beam"), ({"samples": 9}, "samples")],
)
def test_the_api_explains_what_it_refuses(client, cat, options, told):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=told):
        client.predict(cat, **options, api_name="/caption_image")


def test_the_api_refuses_what_is_no_picture(client, tmp_path):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    path = tmp_path / "picture.png"
    path.write_bytes(b"<svg onload='alert(1)'>")
    with pytest.raises(AppError, match="SVG"):
        client.predict(handle_file(path), api_name="/caption_image")
