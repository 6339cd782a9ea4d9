"""Bundles from the Hub: the real client against a hub on this machine. Only a bundle's files are fetched."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rnn_models.bundles import FILES
from rnn_models.hub import download

ROOT = Path(__file__).resolve().parents[3]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUNDLE = {name: f"the content of {name}".encode() for name in FILES}
REPOSITORIES = {
    "me/one": {**BUNDLE, ".gitattributes": b"", "modeling.py": b"raise SystemExit", "pytorch_model.bin": b"a pickle"},
    "me/two": {**{f"char_lm/mine/{name}": content for name, content in BUNDLE.items()}, "config.json.bak": b""},
    "me/large": {**BUNDLE, "SHA256SUMS": b"0" * 100_001},
}


class Hub(BaseHTTPRequestHandler):
    """As much of the Hub as the client asks for when it lists a repository and fetches files."""

    asked: list[str] = []

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0].strip("/").split("/")
        if path[:2] == ["api", "models"]:
            name = "/".join(path[2:4])
            files = REPOSITORIES.get(name)
            siblings = [{"rfilename": file, "size": len(content)} for file, content in (files or {}).items()]
            about = {"id": name, "sha": COMMIT, "siblings": siblings}
            self.answer(200 if files else 404, json.dumps(about).encode(), {"Content-Type": "application/json"})
            return
        name, commit, file = "/".join(path[:2]), path[3], "/".join(path[4:])
        self.asked.append(f"{name}@{commit}: {file}")
        content = REPOSITORIES[name][file]
        self.answer(200, content, {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT})

    def answer(self, code: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


FETCH = """
import json, sys
from rnn_models import bundles
found = []
for name in sys.argv[1:]:
    try:
        folder = bundles.download(name, None, bundles.FILES)
        found.append({path.name: path.read_text() for path in folder.iterdir()})
    except ValueError as error:
        found.append(str(error))
print(json.dumps([found, "keras" in sys.modules]))
"""


def test_only_the_files_of_a_bundle_are_fetched_and_none_that_is_too_large(tmp_path):
    """A process of 2 s: the client reads the hub's address when it is imported."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Hub.asked.clear()
    try:
        hub = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
        names = ["me/one", "me/two/char_lm/mine", "me/two", "me/large", "me/none"]
        command = [sys.executable, "-c", FETCH, *names]
        done = subprocess.run(command, env={**os.environ, **hub}, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stderr
    (one, two, no_bundle, large, none), keras = json.loads(done.stdout.splitlines()[-1])
    assert one == two == {name: content.decode() for name, content in BUNDLE.items()} and not keras
    assert (
        "'me/two' on the Hub is no bundle: it has no config.json. Bundles in folders of it: char_lm/mine" in no_bundle
    )
    assert "SHA256SUMS has 100001 bytes; at most 100,000 are fetched" in large
    assert "'me/none' cannot be fetched from the Hub" in none
    fetched = {f"me/one@{COMMIT}: {file}" for file in FILES} | {f"me/two@{COMMIT}: char_lm/mine/{f}" for f in FILES}
    assert set(Hub.asked) == fetched


@pytest.mark.parametrize(
    "name", ["letters", "me/", "me/..", "../me/one", "me/one/../../two", "/me/one", "me/one/", "me//one", "me/o ne", ""]
)
def test_a_name_that_is_none_of_the_hub(name):
    with pytest.raises(ValueError, match="expected the name of a repository of the Hub"):
        download(name, None, FILES)


def test_without_the_client(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError, match="pip install huggingface_hub"):
        download("me/one", None, FILES)
