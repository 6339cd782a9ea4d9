"""Put the demos, or some of them, on a Hugging Face Space.

    python -m apps.deploy --space user/name --hardware zerogpu                    # all pages, on a shared GPU
    python -m apps.deploy --space user/name --hardware zerogpu --only captioning  # one page and its models
    python -m apps.deploy --space user/name --hardware cpu-basic                  # two CPU cores, with a paid plan
    python -m apps.deploy --space user/name --dry-run build/space                 # only makes the folder, to look at

Log in first, with a token that may write: `hf auth login`. A free account may have two Spaces on ZeroGPU, the Hub's
shared GPUs, which run PyTorch; for Gradio on CPUs the Hub wants a paid plan.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps import catalogue
from apps.deploy import space_folder
from rnn_models.console import take_any_text

HARDWARE = {"zerogpu": "zero-a10g", "cpu-basic": "cpu-basic", "cpu-upgrade": "cpu-upgrade"}
"""What can be asked for, and what the Hub calls it."""

MESSAGE = "The demos, made by python -m apps.deploy"


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m apps.deploy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--space", required=True, type=_space, metavar="USER/NAME", help="where to: your name on the Hub, the Space's")
    add("--only", nargs="+", choices=catalogue.NAMES, help="only these pages; else all that have models")
    add("--hardware", choices=list(HARDWARE), help="ask for this; without it, what the Hub gives")
    add("--dry-run", type=Path, metavar="DIR", help="make the folder there, which is new or empty; upload nothing")
    add("--private", action="store_true", help="a new Space is seen by you alone")
    add("--update", action="store_true", help="replace the files of a Space that is there already")
    return parser.parse_args(arguments)


def _space(text: str) -> str:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(text)
    except HFValidationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not re.fullmatch(r"[^/]+/[^/]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a Space; expected user/name, such as ada/rnn-lecture")
    return text


def deploy(chosen: argparse.Namespace) -> str:
    """Make the folder and upload it; gives what there is to say at the end.

    Raises:
        ValueError: a folder that is not empty, a page without a trained model, nobody logged in, a Hub that
            refuses or cannot be reached.
    """
    planned = space_folder.plan(chosen.only, zerogpu=chosen.hardware == "zerogpu")
    for page in planned.left_out:
        print(f"{page.name}: no trained model here; the page is left out.", file=sys.stderr)
    if chosen.dry_run is not None:
        files = space_folder.build(chosen.dry_run, planned)
        size = sum((chosen.dry_run / name).stat().st_size for name in files) / 1e6
        return (
            f"{chosen.dry_run}: {len(files)} files, {size:.1f} MB; nothing was uploaded. Try it there: "
            f"pip install -r requirements.txt && python {space_folder.APP_FILE}"
        )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "space"
        space_folder.build(folder, planned)
        return f"The Space builds now: {upload(folder, chosen)}"


def upload(folder: Path, chosen: argparse.Namespace) -> str:
    """Make the Space, if need be, and put the folder's files in it; gives its address.

    Raises:
        ValueError: nobody is logged in, the Hub refuses, or it cannot be reached.
    """
    from huggingface_hub import HfApi, errors

    api = HfApi()
    try:
        api.whoami()
        address = _made(api, chosen)
        api.upload_folder(
            repo_id=chosen.space,
            repo_type="space",
            folder_path=folder,
            commit_message=MESSAGE,
            # What an earlier version had and this one has not goes; the Hub keeps its own file about large files.
            delete_patterns="*" if chosen.update else None,
        )
    except errors.LocalTokenNotFoundError as error:
        raise ValueError("You are not logged in at the Hub. Log in with: hf auth login (or set HF_TOKEN).") from error
    except errors.HfHubHTTPError as error:
        raise ValueError(_refusal(error, chosen)) from error
    except (errors.HTTPError, OSError) as error:
        raise ValueError(f"The Hub cannot be reached ({error}). Check the network connection and try again.") from error
    return address


def _made(api: Any, chosen: argparse.Namespace) -> str:
    """The address of the Space, new, or that was there with `--update`."""
    hardware = HARDWARE.get(chosen.hardware)
    there = chosen.update and api.repo_exists(chosen.space, repo_type="space")
    if there:
        if hardware:
            api.request_space_hardware(chosen.space, hardware)
        return f"https://huggingface.co/spaces/{chosen.space}"
    return str(
        api.create_repo(
            chosen.space,
            repo_type="space",
            space_sdk="gradio",
            space_hardware=hardware,
            private=chosen.private or None,  # else as the owner's settings have it
        )
    )


def _refusal(error: Any, chosen: argparse.Namespace) -> str:
    """What the Hub's answer means, and what to do about it."""
    status = getattr(error.response, "status_code", None)
    remedies = {
        401: "The token is not valid. Log in again: hf auth login.",
        402: _payment(chosen.hardware),
        403: f"Your token may not write to {chosen.space}. Log in with one that may write, or choose another name.",
        409: f"The Space {chosen.space} is there already. Add --update to replace its files, or choose another name.",
    }
    return f"{remedies.get(status, 'The Hub refused.')} The Hub said: {error}"


def _payment(hardware: str | None) -> str:
    """What HTTP 402, "payment required", means for a Space with Gradio."""
    if hardware == "zerogpu":
        return "A free account has two Spaces on ZeroGPU. Delete one, or replace its files with --update."
    return (
        "A free account has no Gradio Space on CPUs, but two on ZeroGPU. Add --hardware zerogpu (the pages then run on "
        "PyTorch), or take a paid plan at the Hub."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Deploy as the command line says; ends with an error in words where that fails."""
    take_any_text()
    chosen = options(arguments)
    try:
        print(deploy(chosen))
    except ValueError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
