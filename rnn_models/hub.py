"""A bundle from the Hugging Face Hub. Only files that a bundle has are fetched, and none that is too large.

A repository is a stranger's: nothing of it is executed, and what is fetched is checked as every bundle is. Its sums
tell that the files are whole and belong together, not whose they are: take bundles from people whom you trust, and name
a commit as the revision to get the same files each time.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")  # so neither "", "." nor ".."


def download(name: str, revision: str | None, limits: Mapping[str, int]) -> Path:
    """Fetch a bundle's files, unless they are in the cache of `huggingface_hub`.

    Args:
        name: "owner/repository", or "owner/repository/folder/of/the/bundle".
        revision: a branch, a tag, or the hash of a commit; None: the newest.
        limits: the files that are fetched, where they are there, and the largest size of each in bytes.

    Returns:
        The folder that holds them.

    Raises:
        ValueError: the name is none, `huggingface_hub` is not installed, the repository cannot be read, holds no
            bundle or a file that is too large.
    """
    parts = name.split("/")
    if len(parts) < 2 or not all(map(_PART.fullmatch, parts)):
        raise ValueError(
            f"name is {name!r}; expected the name of a repository of the Hub, such as 'owner/repository', and after it "
            "the folder of the bundle, if it has one: 'owner/repository/char_lm/mine'."
        )
    repository, folder = "/".join(parts[:2]), "".join(f"{part}/" for part in parts[2:])
    hub = _package()
    try:
        found = hub.HfApi().model_info(repository, revision=revision, files_metadata=True)
        sizes = {file.rfilename: file.size for file in found.siblings or []}
        wanted = {f"{folder}{file}": most for file, most in limits.items() if f"{folder}{file}" in sizes}
        _check(sizes, name, f"{folder}config.json", wanted)
        # All of one commit, also if another one is pushed meanwhile.
        paths = [hub.hf_hub_download(repository, file, revision=found.sha) for file in wanted]
    except _RefusedError:
        raise
    except Exception as error:  # no network, no such repository, no access, a full disk
        raise ValueError(
            f"The bundle {name!r} cannot be fetched from the Hub: {error} Check the name, the revision and the network."
        ) from error
    return Path(paths[0]).parent


class _RefusedError(ValueError):
    """A repository that can be read and is not what is expected."""


def _check(sizes: Mapping[str, int | None], name: str, config: str, wanted: Mapping[str, int]) -> None:
    if config not in wanted:
        bundles = sorted(file.removesuffix("/config.json") for file in sizes if file.endswith("/config.json"))
        raise _RefusedError(
            f"{name!r} on the Hub is no bundle: it has no {config}. Bundles in folders of it: "
            f"{', '.join(bundles) or 'none'}. Give the repository's name, and the bundle's folder after it."
        )
    for file, most in wanted.items():
        size = sizes[file]
        if size is None or size > most:
            raise _RefusedError(
                f"{name!r} on the Hub: {file} has {size} bytes; at most {most:,} are fetched. If you trust it, "
                "download the folder yourself, and load it by its path."
            )


def _package() -> ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise ValueError("Bundles of the Hub need the package huggingface_hub: pip install huggingface_hub") from error
    return huggingface_hub
