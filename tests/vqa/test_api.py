"""Questions about pictures for programs: the endpoints, the tool, the command."""

import base64
import io
import json

import numpy as np
import pytest

from apps.cli import main as cli
from apps.vqa import drawn, inference, tool
from tests.support.browser import VQA, visitor

QUESTION = "what colour is the heart"


@pytest.fixture
def picture(tmp_path):
    from PIL import Image

    Image.fromarray(drawn.picture_of(1)).save(tmp_path / "scene.png")
    return str(tmp_path / "scene.png")


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


def test_the_endpoints_answer_with_attention_and_what_is_guessed(client, picture):
    from gradio_client import handle_file

    assert client.predict(api_name="/vqa_models") == sorted(VQA)
    for name, rows in (("", 2), ("vqa/product", None)):
        found = client.predict(handle_file(picture), QUESTION, model=name, api_name="/ask")
        assert found["model"] == (name or "vqa/scenes") and found["words"] == QUESTION.split()
        assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert found["answer"] == next(iter(found["probabilities"])) and found["strange"] in (True, False)
        if rows is None:
            assert found["attention"] is found["looks"] is found["grid"] is None
        else:
            assert np.shape(found["attention"]) == (rows, 16) and len(found["looks"]) == rows
            np.testing.assert_allclose(np.sum(found["attention"], axis=1), 1, atol=1e-3)
    blind = client.predict(handle_file(picture), QUESTION, hide_picture=True, api_name="/ask")
    assert blind["without_picture"] == {name: blind[name] for name in ("answer", "probability")}
    forced = client.predict(handle_file(picture), QUESTION, row=1, column=2, api_name="/look_at")
    assert forced["grid"] == [4, 4] and forced["before"] != forced["after"]


def test_a_scene_has_its_truth(client):
    from PIL import Image

    found = client.predict(number=1, language="ko", api_name="/scene")
    png = base64.b64decode(found["picture"].removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), drawn.picture_of(1))
    assert [(one["colour"], one["shape"]) for one in found["objects"]] == [
        ("black", "heart"),
        ("purple", "triangle"),
        ("black", "triangle"),
    ]
    assert [one["answer"] for one in found["questions"]] == [one.right for one in drawn.twenty(1, "ko")]


def test_the_endpoints_explain_what_they_refuse(client, picture, tmp_path):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    (tmp_path / "no.png").write_bytes(b"<svg onload='alert(1)'>")
    refused = [
        ((handle_file(picture), QUESTION, "../../etc"), "/ask", "There is no model"),
        ((handle_file(picture), "?"), "/ask", "There is no question"),
        ((handle_file(picture), "is " * 41), "/ask", "41 words"),
        ((handle_file(tmp_path / "no.png"), QUESTION), "/ask", "SVG"),
        ((handle_file(picture), QUESTION, 4, 0), "/look_at", "The row is 4"),
        ((handle_file(picture), QUESTION, 0, 0, "vqa/product"), "/look_at", "no attention"),
        ((-1,), "/scene", "number of the scene"),
        ((1, "de"), "/scene", "expected en or ko"),
    ]
    for arguments, name, message in refused:
        with pytest.raises(AppError, match=message):
            client.predict(*arguments, api_name=name)


@pytest.mark.usefixtures("only_tiny_models")
def test_the_tool_and_the_command_say_the_same(picture, tmp_path, capsys):
    whole = inference.ask(picture, QUESTION)
    told = json.loads(tool.ask_picture(picture, QUESTION))
    assert told["answer"] == whole["answer"] and len(told["probabilities"]) == 5 and "attention" not in told
    assert cli.main(["ask", picture, QUESTION]) == 0
    assert capsys.readouterr().out == f"{picture}\t{QUESTION}\t{whole['answer']}\t{whole['probability']:.4f}\n"
    (tmp_path / "questions.txt").write_text(f"{QUESTION}\n\n원이 있나요?\n", encoding="utf-8")
    out = tmp_path / "answers.jsonl"
    options = ["--input", str(tmp_path / "questions.txt"), "--json", "--output", str(out), "--hide-picture"]
    assert cli.main(["ask", str(tmp_path), *options]) == 0
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert first["answer"] == whole["without_picture"]["answer"] and first["attention"] is None
    assert second["question"] == "원이 있나요?" and second["picture"] == picture


@pytest.mark.usefixtures("only_tiny_models")
def test_the_command_says_what_is_wrong_and_writes_nothing(picture, tmp_path, capsys):
    (tmp_path / "questions.txt").write_text(f"{QUESTION}\n???\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    out = str(tmp_path / "out.tsv")
    for code, said, *arguments in (
        (1, "line 2: There is no question", picture, "--input", str(tmp_path / "questions.txt"), "--output", out),
        (2, "there is no question", picture, "--input", str(tmp_path / "empty.txt"), "--output", out),
        (2, "not both", picture, QUESTION, "--input", str(tmp_path / "questions.txt")),
        (1, "There is no picture", str(tmp_path / "none.png"), QUESTION),
        (1, "questions.txt: ", str(tmp_path / "questions.txt"), QUESTION),
    ):
        assert cli.main(["ask", *arguments]) == code
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()
