"""The Dockerfile, as far as it can be tested without Docker: it copies what is there, and tests stay outside."""

import json
import re
import subprocess
import sys

from apps.deploy import space_folder
from tests.support.browser import ROOT, free_port

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_what_the_demos_need_is_copied_and_nothing_else():
    copied = re.findall(r"^COPY (\S+) ", TEXT, re.MULTILINE)
    assert {"requirements.txt", "apps", "rnn_models", "pretrained"} <= set(copied)
    assert all((ROOT / path).exists() for path in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*" and {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_the_program_is_not_run_by_root_and_listens_to_the_network():
    assert TEXT.startswith("#") and f"FROM python:{space_folder.PYTHON}-slim\n" in TEXT
    assert TEXT.rindex("\nUSER demo\n") < TEXT.rindex('\nCMD ["python", "-m", "apps"]\n')
    assert "GRADIO_SERVER_NAME=0.0.0.0" in TEXT and "GRADIO_SERVER_PORT=7860" in TEXT and "\nEXPOSE 7860\n" in TEXT
    assert TEXT.count("pip install") == TEXT.count("pip install --no-cache-dir") == 1


def test_the_health_check_notices_a_server_that_is_not_there():
    program, *arguments = json.loads(re.search(r"HEALTHCHECK .*?CMD (\[.*?\])\n", TEXT, re.DOTALL)[1])
    assert program == "python" and "http://127.0.0.1:7860/health" in arguments[-1]
    command = [sys.executable, *(argument.replace("7860", str(free_port())) for argument in arguments)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0
