"""Which pages there are. A page in a folder of its own, named in the catalogue, is everywhere with no other change."""

import importlib
import subprocess
import sys
from textwrap import dedent

import gradio as gr
import pytest

import apps
from apps import __main__ as front_door
from apps import catalogue
from apps.cli import main as cli
from apps.deploy import space_folder
from apps.home import page as home_page
from apps.server import mcp_tools

ECHO = {
    "__init__.py": """
        from apps.shared.page import Look, Page

        PAGE = Page(
            name="echo",
            title="Echo · 메아리",
            summary="It says what you say.",
            summary_ko="따라 말합니다.",
            order=99,
            why="What comes last is easy.",
            why_ko="마지막은 쉽습니다.",
            patterns=("one_to_one",),
            space=Look("📣", "It says what you say", "echo"),
            command="repeat",
            tool="apps.echo.tool:repeat_text",
            needs=("tokenizers",),
        )
        """,
    "page.py": """
        import gradio as gr

        def build():
            gr.Markdown("Say something")

        def warm_up():
            pass
        """,
    "command.py": """
        SUMMARY, EPILOG = "Say it again.", ""

        def add_arguments(parser):
            parser.add_argument("text")

        def run(chosen):
            print(chosen.text)
        """,
    "tool.py": """
        def repeat_text(text: str) -> str:
            '''Say a text again.

            Args:
                text: What is said again.
            '''
            return text
        """,
    "assets/echo.css": ".rnn-echo {}",
}


@pytest.fixture
def echo(tmp_path, monkeypatch):
    """A new page, in a folder of its own; no trained model is there."""
    for name, text in ECHO.items():
        path = tmp_path / "pages" / "echo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    monkeypatch.setenv("RNN_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setattr(apps, "__path__", [*apps.__path__, str(tmp_path / "pages")])
    monkeypatch.setattr(catalogue, "NAMES", (*catalogue.NAMES, "echo"))
    importlib.invalidate_caches()
    yield catalogue.pages()[-1]
    del apps.echo
    for name in [name for name in sys.modules if name.startswith("apps.echo")]:
        del sys.modules[name]


def test_a_new_page_stands_on_the_start_page_and_has_a_route(echo):
    shown = home_page.page(catalogue.pages())
    assert shown.count('href="echo"') == 2 and "It says what you say." in shown and "따라 말합니다." in shown
    assert ["echo", "Echo · 메아리"] in [list(one[:2]) for one in front_door.build().get_config_file()["pages"]]


def test_a_new_page_has_a_command(echo, capsys):
    assert cli.main(["repeat", "hello"]) == 0
    assert capsys.readouterr().out == "hello\n" and ",repeat}" in cli.epilog()


def test_a_new_page_has_a_tool(echo):
    (tool,) = mcp_tools.tools(catalogue.pages())  # of the other pages no trained model is here
    with gr.Blocks() as demo:
        pass
    mcp_tools.register(demo, [tool])
    assert tool.name == "repeat_text"
    assert [function.api_name for function in demo.fns.values()] == ["mcp_repeat_text"]


def test_a_new_page_goes_into_a_space(echo, tmp_path):
    folder = tmp_path / "space"
    files = space_folder.build(folder, space_folder.plan(["echo"]))
    assert {f"apps/echo/{name}" for name in ECHO} <= set(files) and not any("apps/char_lm" in name for name in files)
    assert space_folder.front_matter(space_folder.plan(["echo"]))["emoji"] == "📣"
    assert "tokenizers" in (folder / "requirements.txt").read_text()
    code = "from apps import catalogue; print([page.title for page in catalogue.pages()])"
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert run.stdout == "['Echo · 메아리']\n"


def test_what_a_page_says_of_itself_is_light():
    code = "import sys; from apps import catalogue; catalogue.pages(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"gradio", "keras", "numpy"} & set(run.stdout.split())


def test_only_named_pages_are_shown(monkeypatch):
    assert catalogue.selected("") == catalogue.selected(" , ") == catalogue.pages()
    assert [page.name for page in catalogue.selected("translation,char_lm")] == ["char_lm", "translation"]
    with pytest.raises(ValueError, match="There is no page poetry; expected some of: unroller, char_lm, "):
        catalogue.selected("char_lm,poetry")
    monkeypatch.setenv("RNN_PAGES", "sentiment")
    assert [page.name for page in catalogue.shown()] == ["sentiment"]
