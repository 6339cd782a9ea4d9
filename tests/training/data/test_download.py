"""Downloads and the cache: against a server on this machine, without any other network."""

import hashlib
import http.server
import io
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from training.data.download import REMOTES, Remote, fetch, fetch_folder
from training.data.errors import DataError

ROOT = Path(__file__).parents[3]
CONTENT = b"First Citizen:\r\nBefore we proceed any further, hear me speak.\r\n" * 50
SUM = hashlib.sha256(CONTENT).hexdigest()


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


ARCHIVES = {
    "/folder.zip": zipped({"pictures/a": "A", "pictures/b": "B", "__MACOSX/pictures/._a": "x"}),
    "/files.zip": zipped({"a": "A", "b": "B"}),
    "/evil.zip": zipped({"a": "A", "../evil": "x", "b/../../evil": "x", "/evil": "x"}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """/good: all of it; /short: half of what is announced; /slow: half, then silence; an archive; else 404."""

    hits: list[str] = []

    def do_GET(self):  # noqa: N802 (the name is http.server's)
        self.hits.append(self.path)
        content = ARCHIVES.get(self.path, CONTENT)
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.path not in ("/short", "/slow"):
            self.wfile.write(content)
            return
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        if self.path == "/slow":
            time.sleep(20)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(address, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "RNN_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))
    Handler.hits = []
    return address


def files(folder: Path) -> list[str]:
    """What lies there but the locks."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if Path(path).name != ".lock"]


def test_a_download_is_kept_and_not_repeated(server, tmp_path):
    remote = Remote("some/text.txt", f"{server}/good", SUM)
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    assert Handler.hits == ["/good"]
    assert files(tmp_path) == ["some/text.txt"]


def test_one_that_is_cut_short_is_tried_again_and_leaves_nothing(server, tmp_path):
    with pytest.raises(DataError, match="cut short") as error:
        fetch(Remote("text.txt", f"{server}/short", None), tmp_path, retries=2)
    assert f"{server}/short" in str(error.value)
    assert Handler.hits == ["/short"] * 3 and files(tmp_path) == []
    assert fetch(Remote("text.txt", f"{server}/good", SUM), tmp_path).read_bytes() == CONTENT


def test_a_wrong_sum_says_expected_and_found_and_leaves_nothing(server, tmp_path):
    wrong = "0" * 64
    with pytest.raises(DataError) as error:
        fetch(Remote("text.txt", f"{server}/good", wrong), tmp_path, retries=0)
    assert wrong in str(error.value) and SUM in str(error.value) and f"{server}/good" in str(error.value)
    assert files(tmp_path) == []


def test_no_network_says_what_to_do(server, tmp_path):
    closed = "http://127.0.0.1:9/text.txt"  # the discard port: nothing listens
    with pytest.raises(DataError) as error:
        fetch(Remote("text.txt", closed, SUM), tmp_path, retries=0)
    for part in (closed, "RNN_DATA_DIR", "--file"):
        assert part in str(error.value)
    assert files(tmp_path) == []


def test_a_missing_page_is_named(server, tmp_path):
    with pytest.raises(DataError, match="404"):
        fetch(Remote("text.txt", f"{server}/gone", None), tmp_path, retries=0)


def test_a_killed_download_leaves_no_half_file_under_its_name(server, tmp_path):
    code = (
        "import sys; from pathlib import Path; from training.data.download import Remote, fetch;"
        f"fetch(Remote('text.txt', '{server}/slow', None), Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    deadline = time.monotonic() + 20
    while "/slow" not in Handler.hits or not files(tmp_path):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(files(tmp_path)) == 1 and not (tmp_path / "text.txt").exists()
    assert fetch(Remote("text.txt", f"{server}/good", SUM), tmp_path).read_bytes() == CONTENT  # and the lock is open
    assert files(tmp_path) == ["text.txt"]


def test_two_at_once_download_once(server, tmp_path):
    remote = Remote("text.txt", f"{server}/good", SUM)
    threads = [threading.Thread(target=fetch, args=(remote, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Handler.hits == ["/good"] and files(tmp_path) == ["text.txt"]


def test_a_file_that_was_damaged_is_downloaded_anew(server, tmp_path):
    remote = Remote("text.txt", f"{server}/good", SUM)
    fetch(remote, tmp_path).write_bytes(CONTENT[:-1])
    assert fetch(remote, tmp_path).read_bytes() == CONTENT


def test_without_a_published_sum_that_of_the_first_download_counts(server, tmp_path):
    remote = Remote("text.txt", f"{server}/good", None)
    path = fetch(remote, tmp_path)
    assert files(tmp_path) == ["text.txt", "text.txt.sha256"]
    assert (tmp_path / "text.txt.sha256").read_text().split()[0] == SUM
    path.write_bytes(CONTENT + b"!")
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    (tmp_path / "text.txt.sha256").write_text("0" * 64)
    with pytest.raises(DataError, match=SUM):
        fetch(remote, tmp_path, retries=0)


@pytest.mark.parametrize("archive", ["/folder.zip", "/files.zip"])
def test_an_archive_is_unpacked_once(server, tmp_path, archive):
    remote = Remote("set/data.zip", f"{server}{archive}", f"md5:{hashlib.md5(ARCHIVES[archive]).hexdigest()}")
    left = tmp_path / "set/.pictures.part/half"  # by a process that was killed
    left.parent.mkdir(parents=True)
    left.write_text("x")
    folder = fetch_folder(remote, "pictures", tmp_path)
    assert folder == tmp_path / "set/pictures" and (folder / "a").read_text() == "A"
    assert files(tmp_path) == ["set/data.zip", "set/pictures/a", "set/pictures/b"]
    (tmp_path / "set/data.zip").unlink()
    assert fetch_folder(remote, "pictures", tmp_path) == folder  # the archive is not needed any more
    assert Handler.hits == [archive]


def test_an_archive_with_a_wrong_sum_is_not_unpacked(server, tmp_path):
    with pytest.raises(DataError, match="0{32}"):
        fetch_folder(Remote("set/data.zip", f"{server}/files.zip", f"md5:{'0' * 32}"), "pictures", tmp_path, retries=0)
    assert files(tmp_path) == [] and not (tmp_path / "set/pictures").exists()


def test_no_file_is_unpacked_outside_its_folder(server, tmp_path):
    remote = Remote("set/data.zip", f"{server}/evil.zip", f"md5:{hashlib.md5(ARCHIVES['/evil.zip']).hexdigest()}")
    fetch_folder(remote, "pictures", tmp_path / "cache")
    assert all(path.startswith("cache/set/pictures/") or path == "cache/set/data.zip" for path in files(tmp_path))
    assert not Path("/evil").exists()


def test_data_dir_is_used_unchecked_and_its_gaps_are_named(server, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    remote = Remote("charlm/text.txt", f"{server}/good", SUM)
    with pytest.raises(DataError, match=re.escape("charlm/text.txt")):
        fetch(remote)
    with pytest.raises(DataError, match="There is no folder .*charlm/pictures.*RNN_DATA_DIR is expected to hold"):
        fetch_folder(remote, "pictures")
    (tmp_path / "charlm/pictures").mkdir(parents=True)
    (tmp_path / "charlm/text.txt").write_text("an equivalent")
    assert fetch(remote).read_text() == "an equivalent"
    assert fetch_folder(remote, "pictures") == tmp_path / "charlm/pictures"
    assert Handler.hits == []


def test_the_registry_holds_whole_sums_or_none():
    assert REMOTES["charlm/tinyshakespeare.txt"].hash and REMOTES["nsmc/ratings_train.txt"].hash
    for remote in REMOTES.values():
        assert remote.url.startswith("https://") and remote.url.endswith(Path(remote.path).suffix)
        assert remote.hash is None or re.fullmatch("[0-9a-f]{64}|md5:[0-9a-f]{32}", remote.hash)
        assert remote.hash or not remote.path.endswith(".zip")  # no unknown archive is unpacked
