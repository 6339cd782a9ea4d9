"""The front door, and what all pages share."""

import ast
import json
import runpy
import subprocess
import sys
import time

import pytest

from apps import __main__ as front_door
from apps import catalogue
from apps.catalogue import NAMES
from apps.server import launch
from apps.shared import assets, models, theme
from tests.support.browser import ENGLISH, ROOT, serving

SERVED_WITHIN = 120  # seconds, on a busy machine; about six on a free one


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.parametrize("module", ["apps", *(f"apps.{name}" for name in NAMES)])
def test_help_names_the_options(module, monkeypatch, capsys):
    """As `python -m` runs it, but in this process: a new one takes seconds to import Gradio."""
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    told = capsys.readouterr().out
    assert not end.value.code and all(option in told for option in ("--port", "--host", "--share"))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5", "²"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        launch.options("", [f"--port={port}"])
    assert "expected a whole number from 1 to 65535" in capsys.readouterr().err


def test_options_have_sensible_defaults(monkeypatch):
    monkeypatch.delenv("GRADIO_SERVER_NAME", raising=False)
    chosen = launch.options("", [])
    assert (chosen.port, chosen.host, chosen.share) == (None, "127.0.0.1", False)
    assert launch.options("", ["--port", "80", "--host", "0.0.0.0", "--share"]).port == 80


def test_every_page_has_a_route_and_a_card(tiny_models, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tiny_models))
    config = front_door.build().get_config_file()
    assert [path for path, *_ in config["pages"]] == ["", *NAMES]
    home = json.dumps(config["components"], default=str)
    assert all(f'href=\\"{name}\\"' in home for name in NAMES)


def test_the_front_door_loads_neither_keras_nor_a_backend():
    code = (
        "import sys; from apps.__main__ import build; build(); "
        "print({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))"
    )
    result = python("-c", code)
    assert result.stdout.strip() == "set()", result.stderr[-2000:]


def test_apps_never_import_training():
    for path in (ROOT / "apps").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "training" for name in names), f"{path}: {names}"


def test_gradio_looks_up_no_outside_host():
    assert python("-c", "import apps, os; print(os.environ['GRADIO_ANALYTICS_ENABLED'])").stdout == "False\n"


def test_style_and_theme_fetch_nothing():
    fetched = [text for text in theme.theme()._get_theme_css().split() if "url(" in text and 'url("data:' not in text]
    assert fetched == [] and theme.theme()._stylesheets == []
    for asset in [path for kind in ("css", "js") for path in assets.APPS.glob(f"*/assets/*.{kind}")]:
        text = asset.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")  # a name, which nobody asks for
        assert "http:" not in text and "https:" not in text, asset


def test_the_card_of_a_model_is_read_from_its_bundle_only(tiny_models, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tiny_models))
    assert "Untrained" in models.card(ENGLISH, "char_lm")
    assert models.card("../../etc", "char_lm") == "" and models.card("", "char_lm") == ""


# One page alone, without any model --------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The address of `python -m apps.unroller` without any model, and how many seconds it took to be there."""
    folder, start = tmp_path_factory.mktemp("alone"), time.monotonic()
    with serving("apps.unroller", folder / "none", folder / "log.txt") as address:
        yield address, time.monotonic() - start


def test_one_page_alone_is_served_in_seconds(alone):
    _, seconds = alone
    assert seconds < SERVED_WITHIN


@pytest.mark.browser
def test_without_any_model_the_unrolled_graph_works(alone, open_page):
    page = open_page(alone[0])
    page.locator("#unroll-graph").get_by_text("5.5896").first.wait_for()
    page.locator("#unroll-one").click()
    page.locator("#unroll-graph [data-trained='1']").wait_for()


# In the browser --------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_first_page_leads_to_every_page(server, open_page):
    page = open_page(server, viewport={"width": 3200, "height": 900})  # in two languages all names need that
    for entry in catalogue.pages():
        page.locator(".rnn-card h3 a", has_text=entry.title).click()
        page.wait_for_url(f"**/{entry.name}**")
        page.get_by_role("tab").first.wait_for()
        page.get_by_role("link", name="Start").click()
        page.locator(".rnn-card h3 a").first.wait_for()
