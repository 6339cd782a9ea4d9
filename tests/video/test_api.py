"""Labels of clips for programs: the endpoints, the tool, the command."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import rnn_models
from apps.cli import main as cli
from apps.video import examples, inference, tool
from apps.video.gestures import GESTURES
from tests.support.browser import VIDEO, visitor

CIRCLE = GESTURES["clockwise"].points()[:40]


@pytest.fixture(scope="module")
def client(server):
    return visitor(server)


@pytest.fixture
def animation(tmp_path):
    first, *others = map(Image.fromarray, examples.clip("scene-first").frames)
    first.save(tmp_path / "clip.png", save_all=True, append_images=others, duration=125)
    return tmp_path / "clip.png"


def table(tmp_path, points=CIRCLE):
    path = tmp_path / "points.csv"
    path.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in points.tolist()), encoding="utf-8")
    return path


def test_the_endpoints_answer_with_probabilities_for_every_frame(client, animation):
    from gradio_client import handle_file

    assert client.predict(api_name="/video_models") == sorted(VIDEO)
    found = client.predict(CIRCLE.tolist(), network="bidirectional", api_name="/label_points")
    assert found["model"] == "video/finger" and len(found["labels"]) == 40 and found["rate"] == 30
    np.testing.assert_allclose(np.sum(found["probabilities"], axis=1), 1, atol=1e-3)
    of_file = client.predict(handle_file(animation), api_name="/label_clip")
    assert of_file["model"] == "video/scenes" and len(of_file["labels"]) == 24
    assert of_file["classes"] == ["still", "left", "right", "up", "down"] and of_file["clip"] in of_file["clip_classes"]


def test_the_endpoints_explain_what_they_refuse(client, animation, tmp_path):
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match="no list of 1 to 3,000 pairs"):
        client.predict([[0, "x"]], api_name="/label_points")
    with pytest.raises(AppError, match="The network is none of: causal"):
        client.predict([[0, 0]], network="best", api_name="/label_points")
    with pytest.raises(AppError, match="The file holds pictures; the model does not read them"):
        client.predict(handle_file(animation), model="video/finger", api_name="/label_clip")
    (tmp_path / "clip.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(AppError, match="damaged or locked"):
        client.predict(handle_file(tmp_path / "clip.zip"), api_name="/label_clip")


@pytest.mark.usefixtures("only_tiny_models")
def test_the_tool_tells_the_runs_of_labels():
    told = json.loads(tool.label_movement(json.dumps(CIRCLE.tolist())))
    labels = rnn_models.load("video/finger").label(CIRCLE).labels
    assert [one["label"] for one in told["runs"] for _ in range(one["frames"])] == labels
    assert sum(one["frames"] for one in told["runs"]) == 40 and told["model"] == "video/finger"
    for wrong in ("", "[", "{}", "[[0, 1, 2]]", "[]"):
        with pytest.raises(Exception, match=r"no list of 1 to 3,000 pairs"):
            tool.label_movement(wrong)


@pytest.mark.usefixtures("only_tiny_models")
def test_the_command_writes_a_row_for_each_frame(tmp_path, animation, capsys):
    path = table(tmp_path)
    assert cli.main(["label", str(path), "--network", "single_frame"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    found = inference.label_points(CIRCLE.astype(float).tolist(), "", "single_frame")
    assert rows[0] == ["clip", "frame", "second", "label", *found["classes"]] and len(rows) == 41
    assert [row[3] for row in rows[1:]] == found["labels"] and rows[31][:3] == [str(path), "30", "1.000"]
    out = tmp_path / "labels.csv"
    assert cli.main(["label", str(path), str(animation), "--output", str(out)]) == 0
    written = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert len(written) == 1 + 40 + 1 + 24 and written[41][4:] == ["still", "left", "right", "up", "down"]
    assert cli.main(["label", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == rnn_models.load("video/finger").label(CIRCLE).labels


@pytest.mark.usefixtures("only_tiny_models")
def test_the_command_names_what_is_no_clip_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "clip.gif").write_bytes(b"GIF89a")
    out = tmp_path / "labels.csv"
    assert cli.main(["label", str(table(tmp_path)), str(tmp_path / "clip.gif"), "--output", str(out)]) == 1
    assert "clip.gif: This file cannot be used" in capsys.readouterr().err and not out.exists()
    assert cli.main(["label", str(tmp_path / "none.gif")]) == 1
    assert "There is no clip" in capsys.readouterr().err
