"""The commands of the terminal: what they write where, what they refuse, and how they end."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from apps.captioning import inference as captioning_inference
from apps.captioning.examples import PICTURES
from apps.char_lm import inference as char_lm_inference
from apps.cli import main
from apps.sentiment import command as sentiment_command
from apps.sentiment import inference as sentiment_inference
from apps.server import launch
from apps.shared import beam_search, seeds, terminal
from apps.shared.files import Output, read_lines
from apps.translation import inference as translation_inference
from tests.support.browser import ENGLISH, ROOT

pytestmark = pytest.mark.usefixtures("only_tiny_models", "encoded")

STARS = "sentiment/stars"
GERMAN = "translation/de-en"


@pytest.fixture
def run(capfdbinary):
    """`run("classify", "good")`: exit code, standard output and standard error."""

    def run(*arguments, **options):
        code = main.main([*map(str, arguments)], **options)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """`typed(content)`: what stands on standard input."""

    def typed(content):
        path = tmp_path / "typed"
        path.write_bytes(content)
        monkeypatch.setattr("sys.stdin", path.open(encoding="utf-8"))

    return typed


def objects(text):
    assert text.endswith("\n")
    return [json.loads(line) for line in text.removesuffix("\n").split("\n")]


def process(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False, **options
    )


# Help and usage --------------------------------------------------------------------------------------


def test_help_and_mistakes_are_answered_without_a_heavy_import(tiny_models):
    code = """
import sys
from apps.cli.main import main
for arguments in (["--help"], ["--length", "many"], ["--lenght", "3"], ["--list-models"], ["--model", "none/such"]):
    print("ends with", main(["generate", *arguments]))
print("imported", *({"gradio", "keras", "tensorflow", "jax", "torch"} & set(sys.modules)))
"""
    said = process("-c", code, env={**os.environ, "RNN_MODELS_DIR": str(tiny_models)}).stdout
    assert re.findall(r"^ends with (\d)$", said, re.MULTILINE) == ["0", "2", "2", "0", "1"]
    assert said.endswith("imported\n")


def test_help_says_what_the_limits_are(run):
    said = {name: " ".join(run(name, "--help")[1].split()) for name in main.commands()}
    assert f"at most {char_lm_inference.PROMPT_LIMIT:,} characters" in said["generate"]
    assert (
        f"1 to {char_lm_inference.LENGTH_LIMIT:,}" in said["generate"] and f"0 to {seeds.LIMIT:,}" in said["generate"]
    )
    assert f"at most {sentiment_inference.TEXT_LIMIT:,} characters" in said["classify"]
    wanted = f"at most {translation_inference.TEXT_LIMIT:,} characters and {translation_inference.SENTENCES} sentences"
    assert wanted in said["translate"] and f"1 to {beam_search.WIDTH_LIMIT};" in said["translate"]
    assert f"0 to {captioning_inference.SAMPLES_LIMIT};" in said["caption"]
    wanted = "{:g} to {:g}; without it, {:g}".format(
        *captioning_inference.TEMPERATURES, captioning_inference.TEMPERATURE
    )
    assert wanted in said["caption"]
    assert all(
        option in text for text in said.values() for option in ("--output", "--json", "--model", "--list-models")
    )


def test_help_of_the_app_names_the_commands(capsys):
    with pytest.raises(SystemExit):
        launch.options("", ["--help"], epilog=main.epilog())
    said = capsys.readouterr().out
    assert "--port" in said and all(name in said for name in main.commands())


def test_what_is_no_command_is_left_to_the_server():
    for arguments in ([], ["--port", "80"], ["--help"], ["serve"]):
        assert main.answer(arguments) is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["generate", "a", "--length", "0"], "The length is 0"),
        (["generate", "a", "--temperature", "nan"], "The temperature is nan"),
        (["generate", "a", "--input", "b"], "not both"),
        (["translate", "a", "--beam", "11"], "The beam is 11"),
        (["caption", PICTURES / "cat.jpg", "--samples", "2"], "--json"),
        (["caption", PICTURES / "cat.jpg", "--temperature", "1"], "--samples"),
        (["caption"], "PICTURE"),
    ],
)
def test_wrong_usage_ends_with_2(run, arguments, told):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "") and told in err


@pytest.mark.parametrize("command", main.commands())
def test_models_are_listed(run, command):
    task = main.commands()[command].task
    code, out, _ = run(command, "--list-models")
    names = out.splitlines()
    assert code == 0 and names and all(name.startswith(f"{task}/") for name in names)


def test_models_are_listed_on_a_console_of_another_encoding(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setattr("apps.shared.models.available", lambda task: [f"{task}/감상"])
    assert main.main(["classify", "--list-models"]) == 0
    assert written.getvalue().decode("utf-8") == "sentiment/감상\n"


@pytest.mark.parametrize("arguments", [["classify", "a"], ["caption", "--list-models"]])
def test_without_a_model_the_command_that_makes_one_is_named(run, monkeypatch, tmp_path, arguments):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path))
    code, out, err = run(*arguments)
    assert (code, out) == (1, "") and f"python -m training.{main.commands()[arguments[0]].task} train" in err


# The four tasks --------------------------------------------------------------------------------------


def test_a_prompt_is_continued(run, typed):
    wanted = char_lm_inference.generate("ab", ENGLISH, 30, 0.5, 7, 0.9, 3)
    how = ["--model", "tiny", "--length", "30", "--temperature", "0.5", "--top-k", "7", "--top-p", "0.9", "--seed", "3"]
    assert run("generate", "ab", *how) == (0, f"{wanted}\n", "")
    typed(b"ab\n")
    (found,) = objects(run("generate", "--json", *how)[1])
    how = {"length": 30, "temperature": 0.5, "top_k": 7, "top_p": 0.9, "seed": 3}
    assert found == {"prompt": "ab", "text": wanted, "model": ENGLISH, **how}


def test_lines_match_up(run, tmp_path):
    path, out = tmp_path / "in.txt", tmp_path / "out.txt"
    path.write_bytes("so good\r\n\r\n정말 좋다\u2028영화\n   \nso bad".encode())
    assert run("classify", "--input", path, "--output", out) == (0, "", "")
    lines = out.read_text(encoding="utf-8").split("\n")
    assert [bool(line) for line in lines] == [True, False, True, False, True, False]
    for line, text in ((lines[0], "so good"), (lines[2], "정말 좋다\u2028영화"), (lines[4], "so bad")):
        found = sentiment_inference.classify(text)
        label, probability = line.split("\t")
        assert label == found["label"] and float(probability) == pytest.approx(found["probability"], abs=1e-4)


def test_json_lines_match_up_and_hold_what_the_api_gives(run, typed):
    typed("so good\n\n정말 좋다\n".encode())
    found = objects(run("classify", "--json")[1])
    assert found[1] is None
    for one, text in ((found[0], "so good"), (found[2], "정말 좋다")):
        wanted = sentiment_inference.classify(text)
        for name in ("label", "model", "hints"):
            assert one[name] == wanted[name]
        assert one["probabilities"] == pytest.approx(wanted["probabilities"], abs=1e-5)


def test_a_json_line_is_one_line_to_every_reader(tmp_path):
    value = {"text": "a\u2028b\u2029c\x85d\ne — 한"}
    with Output(str(tmp_path / "out.jsonl")) as out:
        terminal.write_json(out, value)
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == value and "— 한" in line


def test_one_text_is_one_text_even_with_two_lines(run):
    code, out, _ = run("classify", "so\ngood", "--model", "stars", "--json")
    (found,) = objects(out)
    assert (
        code == 0
        and found["model"] == STARS
        and found["label"] == sentiment_inference.classify("so\ngood", STARS)["label"]
    )


def test_each_line_is_translated(run, typed, monkeypatch):
    asked = []

    def translate_all(texts, *options):
        asked.append((texts, *options))
        return [{"text": f"{text}\nand on", "sentences": []} for text in texts]

    monkeypatch.setattr(translation_inference, "translate_all", translate_all)
    typed(b"two dogs\n\nin the snow\n")
    code, out, _ = run("translate", "--model", GERMAN, "--beam", "1", "--length-penalty", "0.5")
    assert (code, out) == (0, "two dogs and on\n\nin the snow and on\n")
    (found,) = objects(run("translate", "two dogs", "--model", "de-en", "--json")[1])
    assert found == {"text": "two dogs\nand on", "sentences": []}
    assert asked == [(["two dogs", "in the snow"], GERMAN, 1, 0.5), (["two dogs"], GERMAN, 5, 1.0)]


def test_nothing_in_nothing_out(run, typed):
    typed(b"")
    assert run("translate") == (0, "", "")


def test_files_and_folders_of_pictures_are_described(run, tmp_path, monkeypatch):
    folder = tmp_path / "photos" / "deeper"
    folder.mkdir(parents=True)
    (folder / "Ä \udcff.JPG").write_bytes((PICTURES / "cat.jpg").read_bytes())
    (folder / ".hidden.jpg").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    single = PICTURES / "coffee.jpg"
    arguments = ["caption", single, tmp_path / "photos", "--model", "flickr8k-hard", "--beam", "1"]
    out = tmp_path / "out.tsv"
    assert run(*arguments, "--output", out) == (0, "", "")
    rows = [line.split("\t") for line in out.read_text("utf-8", errors="surrogateescape").splitlines()]
    assert [Path(path) for path, _ in rows] == [single, folder / "Ä \udcff.JPG"]
    assert rows[0][1] == captioning_inference.caption_image(str(single), "captioning/flickr8k-hard", 1)["text"]
    monkeypatch.setattr(captioning_inference, "caption_all", lambda paths, *options: [{"asked": options}] * len(paths))
    assert run(*arguments, "--json", "--samples", "2", "--temperature", "1.5", "--output", out)[0] == 0
    found = objects(out.read_text("utf-8"))  # valid UTF-8, whatever the file is called
    assert found[1] == {
        "picture": str(folder / "Ä \udcff.JPG"),
        "asked": ["captioning/flickr8k-hard", 1, 1.0, 2, 1.5],
    }


def test_pictures_are_described_together(run, monkeypatch, tmp_path):
    sizes = []

    def caption_all(paths, *_):
        sizes.append(len(paths))
        return [{"text": "a star"}] * len(paths)

    for n in range(70):
        (tmp_path / f"{n}.png").symlink_to(PICTURES / "scene-star.png")
    monkeypatch.setattr(captioning_inference, "caption_all", caption_all)
    code, out, _ = run("caption", tmp_path)
    assert code == 0 and sizes == [32, 32, 6] and out.count("\ta star\n") == 70


def test_a_broken_picture_is_named_before_any_is_described(run, tmp_path, encoded, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "b.jpg").write_bytes((PICTURES / "cat.jpg").read_bytes())
    code, out, err = run("caption", tmp_path)
    assert (code, out) == (1, "") and f"{tmp_path / 'a.png'}: This file cannot be used" in err and not encoded
    monkeypatch.setattr(captioning_inference, "caption_all", lambda paths, *_: [{"text": ""}] * len(paths))
    code, out, err = run("caption", tmp_path, "--skip-broken")
    assert code == 0 and out.count("\n") == 1 and "left out: " in err and "a.png" in err


# What is wrong with the data -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["classify", ""], "There is no text yet: type or paste one."),
        (["classify", "a" * 5_001], "The text has 5,001 characters; at most 5,000 fit. Shorten it."),
        (["translate", "Good day. " * 50], "Send it in parts."),
        (["generate", "a", "--model", "<i>"], "There is no model '<i>'; expected one of: char_lm/tiny,"),
        (["classify", "--input", "nowhere.txt"], "There is no file 'nowhere.txt'"),
        (["classify", "--input", ROOT], "is a folder; expected a text file"),
        (["generate", "a", "--output", "nowhere/out.txt"], "there is no folder"),
        (["generate", "a", "--output", ROOT], "is a folder"),
        (["caption", "nowhere.jpg"], "There is no picture 'nowhere.jpg'"),
        (["caption", ROOT / "tests"], "There is no picture in the folder"),
    ],
)
def test_wrong_data_end_with_1_and_plain_english(run, arguments, told):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "") and told in err and "<br>" not in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"fine\n\nbroken \xff\n", "line 3 is no text in UTF-8"),
        ("글".encode("utf-16"), "line 1 is no text in UTF-8"),
        (b"a\nb\0c\n", "line 2 is no text in UTF-8"),
        (b"a\n\n" + b"b" * 5_001, "line 3: The text has 5,001 characters"),
    ],
)
def test_the_line_that_is_wrong_is_named_and_nothing_is_written(run, tmp_path, content, told):
    path, out = tmp_path / "in.txt", tmp_path / "out.txt"
    path.write_bytes(content)
    out.write_text("before")
    code, _, err = run("classify", "--input", path, "--output", out)
    assert code == 1 and told in err
    assert out.read_text() == "before" and sorted(one.name for one in tmp_path.iterdir()) == ["in.txt", "out.txt"]


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes(b"\xef\xbb\xbfa\n")
    assert read_lines(str(path)) == ["a"]


# Output and progress ---------------------------------------------------------------------------------


def test_an_output_is_whole_or_as_it_was(tmp_path):
    path, link = tmp_path / "out.txt", tmp_path / "link"
    path.write_text("before")
    link.symlink_to(path)
    with pytest.raises(KeyboardInterrupt), Output(str(link)) as out:
        out.write("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    with Output(str(link)) as out:
        out.write("all")
        assert path.read_text() == "before"
    assert path.read_text() == "all" and link.is_symlink() and len(list(tmp_path.iterdir())) == 2


def test_what_is_no_file_is_written_to_and_not_replaced(run):
    assert run("generate", "a", "--output", "/dev/null") == (0, "", "")
    assert Path("/dev/null").is_char_device()


def test_a_dash_is_standard_output(run, typed):
    typed(b"so good\n")
    code, out, _ = run("classify", "--input", "-", "--output", "-")
    assert code == 0 and out.count("\t") == 1


def test_on_a_screen_control_characters_do_nothing(monkeypatch, capfdbinary):
    monkeypatch.setattr(Output, "on_screen", True)
    with Output(None) as out:
        out.write("a\x1b[2Jb\tc\n")
    assert capfdbinary.readouterr().out == "a\ufffd[2Jb\tc\n".encode()


@pytest.mark.parametrize("watched", [True, False])
def test_only_a_terminal_sees_the_bar(run, typed, monkeypatch, tmp_path, watched):
    typed(b"so good\nso bad\n")
    monkeypatch.setattr("sys.stderr.isatty", lambda: watched)
    code, out, err = run("classify", "--output", tmp_path / "out.tsv")
    assert (code, out) == (0, "") and ("0/2 " in err) == ("lines/s" in err) == watched
    assert watched or err == ""


# How it ends -----------------------------------------------------------------------------------------


def test_an_interruption_ends_with_130_and_in_silence(tiny_models, tmp_path):
    source, out = tmp_path / "pipe", tmp_path / "out.txt"
    os.mkfifo(source)
    command = [sys.executable, "-m", "apps", "classify", "--input", str(source), "--output", str(out)]
    environment = {**os.environ, "RNN_MODELS_DIR": str(tiny_models)}
    how = {"cwd": ROOT, "stderr": subprocess.PIPE, "env": environment, "text": True}
    # Where the tests run in the background of a shell, interruptions are ignored, and that would be inherited.
    with subprocess.Popen(command, **how, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as running:
        with source.open("wb"):  # waits until it reads
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=60) == 130
        assert running.stderr.read() == ""
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def test_a_reader_who_has_enough_is_no_error():
    """As in `python -m apps generate … | head -c 1`, in a process of its own, and its standard error stays empty."""
    code = """
import sys
from apps.char_lm import command
from apps.cli import main
from apps.shared.files import Output

def run(chosen):
    with Output(None) as out:
        out.write("text")

command.run = run
sys.exit(main.main(["generate"]))
"""
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")


def test_what_the_system_refuses_is_named(run, monkeypatch):
    def refuse(chosen):
        raise PermissionError(13, "Permission denied", "secret.txt")

    monkeypatch.setattr(sentiment_command, "run", refuse)
    assert run("classify", "a") == (1, "", "python -m apps: Permission denied: 'secret.txt'\n")
