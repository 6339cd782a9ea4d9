"""What surrounds a server: ports that are taken, proxies of the environment, folders of other users."""

import contextlib
import http.server
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import gradio as gr
import httpx
import pytest

from apps import catalogue
from apps.server import launch, uploads
from apps.shared import proxies
from apps.shared.page import Page
from tests.support.browser import ROOT, free_port

NOBODY = "http://127.0.0.1:9"  # a proxy that does not answer


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    """None of this machine's own; afterwards it is as it was."""
    for name in (uploads.VARIABLE, *proxies.VARIABLES, "NO_PROXY"):
        for variable in (name, name.lower()):
            monkeypatch.setenv(variable, "")
            monkeypatch.delenv(variable)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


# Where it listens ------------------------------------------------------------------------------------


def told(*options):
    """The one line with which the program ends instead of serving."""

    def build() -> gr.Blocks:
        pytest.fail("the app was made, which takes seconds, though it cannot be served")

    with pytest.raises(SystemExit) as end:
        launch.serve(build, launch.options("", list(options)), ())
    line = str(end.value.code)
    assert line and "\n" not in line and "Traceback" not in line
    return line


def test_a_port_that_is_taken_is_named_in_one_line_with_the_option():
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = told("--port", str(port))
        assert line.startswith(f"Port {port} of 127.0.0.1 is taken") and "--port" in line
        assert "is taken" in told("--port", str(port), "--host", "0.0.0.0")


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "not a host", "a" * 300, "256.1.1.1"])
def test_an_address_of_another_machine_is_named_in_one_line_with_the_option(host):
    assert "--host" in told("--host", host)


def test_where_no_port_at_all_is_free_one_line_says_so(monkeypatch):
    def build() -> gr.Blocks:
        with gr.Blocks() as demo:
            return demo

    monkeypatch.setattr("gradio.http_server.TRY_NUM_PORTS", 1)
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr("gradio.http_server.INITIAL_PORT_VALUE", other.getsockname()[1])
        with pytest.raises(SystemExit) as end:
            launch.serve(build, launch.options("", []), ())
    assert "Cannot find empty port" in end.value.code and "--port" in end.value.code and "\n" not in end.value.code


def test_a_port_that_only_an_administrator_may_have_is_named(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert "--port" in told("--port", "80")


# Proxies ---------------------------------------------------------------------------------------------


@pytest.fixture
def local():
    """The port of a server of this machine."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("before", ["", "localhost, example.com"])
def test_this_machine_is_asked_without_the_proxy_of_the_environment(local, monkeypatch, variable, before):
    monkeypatch.setenv(variable, NOBODY)
    if before:
        monkeypatch.setenv("NO_PROXY", before)
    proxies.spare_local("127.0.0.1")
    for name in ("127.0.0.1", "localhost"):
        assert httpx.get(f"http://{name}:{local}/").status_code == 501  # it knows no GET: but it answered
    with pytest.raises(httpx.HTTPError):  # what is elsewhere goes through it as before
        httpx.get(f"http://192.0.2.1:{local}/", timeout=5)
    assert ("example.com" in os.environ["NO_PROXY"]) == ("example.com" in before)


def test_the_address_that_is_listened_at_is_spared():
    proxies.spare_local("[fd00::1]")
    proxies.spare_local("192.168.7.7")
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "localhost,127.0.0.1,::1,fd00::1,192.168.7.7"


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("all_proxy", "socks://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://user:se/cret@[bad"),
        ("http_proxy", "ftp://127.0.0.1:9"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_left_out_with_a_word(monkeypatch, capsys, variable, address):
    """With each of them `import gradio` ends with an error of HTTPX."""
    monkeypatch.setenv(variable, address)
    if address.startswith("socks5"):
        monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises((ImportError, ValueError, httpx.InvalidURL)):
        httpx.Client()
    proxies.drop_unusable()
    httpx.Client().close()
    said = capsys.readouterr().err
    assert variable in said and said.count("\n") == 1 and "se/cret" not in said


def test_a_proxy_that_can_be_used_stays(monkeypatch, capsys):
    for variable, address in (("HTTP_PROXY", NOBODY), ("https_proxy", "proxy.example:3128"), ("ALL_PROXY", "")):
        monkeypatch.setenv(variable, address)
        proxies.drop_unusable()
        assert os.environ[variable] == address
    assert capsys.readouterr().err == ""


# Uploads ---------------------------------------------------------------------------------------------


def test_uploads_lie_where_nobody_else_can_list_them_and_go_at_the_end(tmp_path):
    (tmp_path / "gradio").write_text("another user's")
    with uploads.own_folder() as folder:
        assert gr.utils.get_upload_folder() == str(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a").mkdir()
        (folder / "a" / "photo.jpg").write_bytes(b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gradio"]
    assert uploads.VARIABLE not in os.environ


def test_a_folder_that_was_chosen_is_used_and_stays(tmp_path, monkeypatch):
    monkeypatch.setenv(uploads.VARIABLE, str(tmp_path / "mine"))
    with uploads.own_folder() as folder:
        (folder / "photo.jpg").write_bytes(b"x")
    assert (tmp_path / "mine" / "photo.jpg").is_file() and os.environ[uploads.VARIABLE] == str(tmp_path / "mine")


def test_a_folder_that_cannot_be_used_is_named_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    for chosen in (tmp_path / "file", tmp_path / "file" / "below", "/proc/uploads"):
        monkeypatch.setenv(uploads.VARIABLE, str(chosen))
        assert uploads.VARIABLE in told()
    monkeypatch.delenv(uploads.VARIABLE)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert uploads.VARIABLE in told()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_the_folder_goes_however_the_process_is_ended(tmp_path, name):
    code = (
        "import os, signal, time\nfrom apps.server import uploads\n"
        # As in a terminal: what runs in the background is often told to ignore them.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "for n in (signal.SIGTERM, signal.SIGHUP): signal.signal(n, signal.SIG_DFL)\n"
        "with uploads.own_folder() as folder:\n"
        "    if not os.fork(): os._exit(0) if folder.is_dir() else os._exit(1)\n"
        "    print(folder, flush=True)\n    time.sleep(60)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=-1, stderr=-3) as process:
        folder = Path(process.stdout.readline().decode().strip())
        assert folder.is_dir() and folder.parent == tmp_path
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == -getattr(signal, name)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_forked_leaves_the_folder_alone(tmp_path):
    code = (
        "import os, signal, time\nfrom apps.server import uploads\nwith uploads.own_folder() as folder:\n"
        "    child = os.fork()\n    if not child: time.sleep(60)\n"
        "    time.sleep(.3); os.kill(child, signal.SIGTERM); os.waitpid(child, 0); print(folder.is_dir())"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert done.stdout == b"True\n", done.stderr


# All of it -------------------------------------------------------------------------------------------


def test_in_a_class_whose_machine_has_all_of_that_a_page_is_served_and_a_file_is_taken(tmp_path):
    """A server that starts, which takes six seconds: only there Gradio asks itself, and takes files."""
    (tmp_path / "gradio").write_text("another user's")
    port, log = free_port(), tmp_path / "log.txt"
    bad = {"HTTP_PROXY": NOBODY, "ALL_PROXY": "socks://127.0.0.1:9"}
    environment = {**os.environ, **bad, "TMPDIR": str(tmp_path), "RNN_MODELS_DIR": str(tmp_path / "none")}
    command = [sys.executable, "-m", "apps.char_lm", "--port", str(port)]
    with log.open("w") as output, httpx.Client(trust_env=False, timeout=60) as client:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            end, answer = time.monotonic() + 200, None
            while answer is None:
                assert process.poll() is None and time.monotonic() < end, log.read_text()[-3000:]
                with contextlib.suppress(httpx.ConnectError):
                    answer = client.post(f"http://127.0.0.1:{port}/gradio_api/upload", files={"files": ("a", b"b")})
                time.sleep(0.2)
            assert answer.status_code == 200, log.read_text()[-3000:]
            (path,) = map(Path, answer.json())
            assert path.is_file() and path.is_relative_to(tmp_path)
            assert stat.S_IMODE((tmp_path / path.relative_to(tmp_path).parts[0]).stat().st_mode) == 0o700
        finally:
            process.terminate()
            process.wait(30)
    assert not path.exists() and not list(tmp_path.glob("rnn-uploads-*"))


def test_the_first_page_and_the_first_model_are_loaded_before_anybody_asks(monkeypatch):
    loaded = []
    monkeypatch.setattr(Page, "warm_up", lambda page: loaded.append(page.name))
    pages = catalogue.pages()
    for shown, expected in ((pages, ["unroller", "char_lm"]), (pages[:1], ["unroller"]), (pages[4:], ["sentiment"])):
        launch._warm_up(shown)
        assert loaded == expected
        loaded.clear()
