"""Downloads, caches, splits: against a server on this machine, without any other network."""

import hashlib
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from training.char_lm import data
from training.data import download
from training.data.download import REMOTES, Remote, fetch
from training.data.errors import DataError

ROOT = Path(__file__).parents[2]
CONTENT = b"First Citizen:\r\nBefore we proceed any further, hear me speak.\r\n" * 50
SUM = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """/good: all of it; /short: half of what is announced; /slow: half, then silence; else 404."""

    hits: list[str] = []

    def do_GET(self):  # noqa: N802 (the name is http.server's)
        self.hits.append(self.path)
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/good":
            self.wfile.write(CONTENT)
            return
        self.wfile.write(CONTENT[: len(CONTENT) // 2])
        self.wfile.flush()
        if self.path == "/slow":
            time.sleep(20)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "RNN_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    Handler.hits = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_good_download_is_kept_and_not_repeated(server, tmp_path):
    remote = Remote("some/text.txt", f"{server}/good", SUM)
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    assert fetch(remote, tmp_path).read_bytes() == CONTENT
    assert Handler.hits == ["/good"]
    assert files(tmp_path) == ["some/text.txt"]


def test_truncated_download_leaves_nothing(server, tmp_path):
    with pytest.raises(DataError, match="cut short") as error:
        fetch(Remote("text.txt", f"{server}/short", None), tmp_path, attempts=1)
    assert f"{server}/short" in str(error.value)
    assert files(tmp_path) == []
    assert fetch(Remote("text.txt", f"{server}/good", SUM), tmp_path).read_bytes() == CONTENT


def test_truncated_download_is_tried_again(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    with pytest.raises(DataError):
        fetch(Remote("text.txt", f"{server}/short", None), tmp_path, attempts=3)
    assert Handler.hits == ["/short"] * 3


def test_wrong_sum_says_expected_and_got_and_leaves_nothing(server, tmp_path):
    wrong = "0" * 64
    with pytest.raises(DataError) as error:
        fetch(Remote("text.txt", f"{server}/good", wrong), tmp_path)
    assert wrong in str(error.value) and SUM in str(error.value)
    assert files(tmp_path) == []


def test_no_network_says_what_to_do(server, tmp_path):
    closed = "http://127.0.0.1:9/text.txt"  # the discard port: nothing listens
    with pytest.raises(DataError) as error:
        fetch(Remote("text.txt", closed, SUM), tmp_path, attempts=1)
    for part in (closed, "RNN_DATA_DIR", "--file"):
        assert part in str(error.value)
    assert files(tmp_path) == []


def test_missing_page_is_not_tried_again(server, tmp_path):
    with pytest.raises(DataError, match="404"):
        fetch(Remote("text.txt", f"{server}/gone", None), tmp_path)
    assert Handler.hits == ["/gone"]


def test_killed_download_leaves_no_half_file_under_its_name(server, tmp_path):
    code = (
        "import sys; from pathlib import Path; from training.data.download import Remote, fetch;"
        f"fetch(Remote('text.txt', '{server}/slow', None), Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    deadline = time.monotonic() + 20
    while "/slow" not in Handler.hits:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "text.txt").exists()
    for part in tmp_path.glob(".*.part"):
        os.utime(part, (0, 0))  # as if it had lain there for long
    assert fetch(Remote("text.txt", f"{server}/good", SUM), tmp_path).read_bytes() == CONTENT
    assert files(tmp_path) == ["text.txt"]


def test_damaged_cache_is_noticed(server, tmp_path):
    remote = Remote("text.txt", f"{server}/good", SUM)
    fetch(remote, tmp_path).write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match="damaged"):
        fetch(remote, tmp_path)


def test_without_a_published_sum_the_first_download_is_recorded(server, tmp_path):
    remote = Remote("text.txt", f"{server}/good", None)
    path = fetch(remote, tmp_path)
    assert files(tmp_path) == ["text.txt", "text.txt.sha256"]
    assert (tmp_path / "text.txt.sha256").read_text().split()[0] == SUM
    path.write_bytes(CONTENT + b"!")
    with pytest.raises(DataError, match=SUM):
        fetch(remote, tmp_path)


def test_data_dir_is_used_unchecked_and_its_gaps_are_named(server, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    remote = Remote("charlm/text.txt", f"{server}/good", SUM)
    with pytest.raises(DataError, match=re.escape("charlm/text.txt")):
        fetch(remote)
    (tmp_path / "charlm").mkdir()
    (tmp_path / "charlm/text.txt").write_text("an equivalent")
    assert fetch(remote).read_text() == "an equivalent"
    assert Handler.hits == []


def test_the_registry_holds_whole_sums_or_none():
    assert REMOTES["charlm/tinyshakespeare.txt"].sha256 and REMOTES["nsmc/ratings_train.txt"].sha256
    for remote in REMOTES.values():
        assert remote.url.startswith("https://")
        assert remote.sha256 is None or re.fullmatch("[0-9a-f]{64}", remote.sha256)


def write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_corpora_are_split_as_published(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    text = "".join(chr(97 + i % 26) for i in range(1000))
    write(tmp_path, "charlm/tinyshakespeare.txt", text)
    write(tmp_path, "charlm/warpeace_input.txt", "\ufeff" + text)
    write(tmp_path, "charlm/linux_input.txt", text.replace("a", "\r\n"))
    corpus = data.load_corpus("shakespeare")
    assert (corpus.train, corpus.validation, corpus.test) == (text[:900], text[900:], None)
    corpus = data.load_corpus("warpeace")
    assert (corpus.train, corpus.validation, corpus.test) == (text[:800], text[800:900], text[900:])
    assert data.load_corpus("linux").train == text[:800].replace("a", "\n")


def test_reviews_become_a_corpus_of_all_their_texts(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(tmp_path))
    head = "id\tdocument\tlabel\n"
    rows = "".join(f'{i}\t영화 "{i}" 좋다\t{i % 2}\n' for i in range(40))
    write(tmp_path, "nsmc/ratings_train.txt", head + rows + "41\t\t1\n")
    write(tmp_path, "nsmc/ratings_test.txt", head + '7\t별로\t0\n8\t영화 "3" 좋다\t1\n')  # one of train's
    corpus = data.load_corpus("nsmc")
    assert corpus.train == "".join(f'영화 "{i}" 좋다\n' for i in range(38))
    assert corpus.validation == '영화 "38" 좋다\n영화 "39" 좋다\n'
    assert corpus.test == '별로\n영화 "3" 좋다\n'


def test_the_standard_library_is_a_corpus_split_by_file():
    corpus, again = data.load_corpus("python"), data.load_corpus("python")
    assert corpus == again
    total = len(corpus.train) + len(corpus.validation) + len(corpus.test)
    assert total > 2_000_000
    assert 0.85 < len(corpus.train) / total < 0.95
    assert 0.02 < len(corpus.validation) / total < 0.08
    assert "\r" not in corpus.train


def test_a_file_that_is_not_utf8_says_where(tmp_path):
    path = tmp_path / "korean.txt"
    path.write_bytes(b"first\nab " + "영화".encode("cp949"))
    with pytest.raises(DataError, match=r"line 2, byte 4 .*offset 9"):
        data.file_corpus(path)


def test_any_file_is_split_90_5_5_with_line_ends_lf(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes(("가나다라마바사아자\r\n" * 100).encode())
    corpus = data.file_corpus(path)
    assert (len(corpus.train), len(corpus.validation), len(corpus.test)) == (900, 50, 50)
    assert corpus.train + corpus.validation + corpus.test == "가나다라마바사아자\n" * 100


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="nsmc"):
        data.load_corpus("nothing")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere.txt"):
        data.file_corpus(tmp_path / "nowhere.txt")
