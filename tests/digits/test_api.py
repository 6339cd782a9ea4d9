"""Digits for programs: the endpoint, the tool, the command."""

import json

import numpy as np
import pytest

from apps.cli import main as cli
from apps.digits import examples, inference, sketch, tool
from apps.digits.examples import PICTURES
from tests.support.browser import DIGITS, visitor

FIVE = PICTURES / "mnist-2035.png"


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_endpoint_answers_with_a_belief_for_every_piece(client):
    from gradio_client import handle_file

    assert client.predict(api_name="/digits_models") == sorted(DIGITS)
    for name, steps in (("", 28), ("digits/pixels", 784), ("digits/whole", 1), ("digits/glimpses", 3)):
        found = client.predict(handle_file(FIVE), model=name, api_name="/read_digit")
        assert found["model"] == (name or "digits/rows") and found["labels"] == list("0123456789")
        probabilities = np.array(found["probabilities"])
        assert probabilities.shape == (steps, 10) and 1 <= found["settled"] <= steps
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-3)
        assert found["label"] == str(probabilities[-1].argmax()) and np.shape(found["pixels"]) == (28, 28)
        assert found["places"] is None if steps != 3 else np.shape(found["places"]) == (3, 2)


def test_the_endpoint_explains_what_it_refuses(client, tmp_path):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match="There is no model"):
        client.predict(handle_file(FIVE), model="../../etc", api_name="/read_digit")
    (tmp_path / "digit.png").write_bytes(b"<svg onload='alert(1)'>")
    with pytest.raises(AppError, match="SVG"):
        client.predict(handle_file(tmp_path / "digit.png"), api_name="/read_digit")


@pytest.mark.usefixtures("only_tiny_models")
def test_the_tool_and_the_command_say_the_same(tmp_path, capsys):
    whole = inference.read_digit(str(FIVE), "digits/whole")
    told = json.loads(tool.read_digit(str(FIVE), "digits/whole"))
    assert told["label"] == whole["label"] and list(told["probabilities"].values()) == whole["probabilities"][0]
    assert cli.main(["read", str(FIVE), "--model", "whole"]) == 0
    assert capsys.readouterr().out == f"{FIVE}\t{whole['label']}\t{whole['probability']:.4f}\n"
    assert cli.main(["read", str(PICTURES), "--model", "whole", "--json", "--output", str(tmp_path / "all.jsonl")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(examples.MNIST) and {**whole, "picture": str(FIVE)} in lines
    np.testing.assert_allclose(sketch.digit("mnist-2035").picture.sum(), np.sum(whole["pixels"]), rtol=0.35)


@pytest.mark.usefixtures("only_tiny_models")
def test_the_command_names_a_file_that_is_no_digit_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert cli.main(["read", str(tmp_path), "--output", str(tmp_path / "out.tsv")]) == 1
    assert "a.png: " in capsys.readouterr().err and not (tmp_path / "out.tsv").exists()
    assert cli.main(["read", str(tmp_path / "b.png")]) == 1
    assert "There is no picture" in capsys.readouterr().err
