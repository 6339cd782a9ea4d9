"""What each argument of an endpoint is, in Gradio's list of the endpoints: its function's docstring says it.

By itself Gradio lists an argument's type only, and calls the arguments of `gr.api` "1st", "2nd", ...
"""

import inspect
import re
from collections.abc import Callable
from typing import Any

import gradio as gr

_SECTION = re.compile(r"^(Args|Returns|Yields|Raises):$")


def describe_arguments(demo: gr.Blocks) -> None:
    """Let the list of the endpoints of `demo` say what their arguments are."""
    listed = demo.get_api_info

    def described(*given: Any, **options: Any) -> Any:
        info = listed(*given, **options)
        functions = {f"/{function.api_name}": function.fn for function in demo.fns.values() if function.fn}
        for name, endpoint in info["named_endpoints"].items():
            _describe(endpoint["parameters"], arguments(functions[name]))
        return info

    demo.get_api_info = described


def _describe(parameters: list[dict[str, Any]], told: dict[str, str]) -> None:
    for parameter in parameters:
        name = parameter["parameter_name"]
        if name in told:
            parameter["python_type"] = {**parameter["python_type"], "description": told[name]}
        if re.fullmatch(r"\d+(st|nd|rd|th)|parameter_\d+", parameter["label"]):
            parameter["label"] = name


def arguments(function: Callable) -> dict[str, str]:
    """The arguments that stand under "Args:" in a docstring, each with what is said of it, on one line."""
    lines = (inspect.getdoc(function) or "").splitlines()
    found: dict[str, str] = {}
    section, name = "", ""
    for line in lines:
        if heading := _SECTION.match(line):
            section = heading[1]
        elif section == "Args" and (begun := re.match(r"^    (\w[\w, *]*): (.*)$", line)):
            name = begun[1]
            found.update({one.strip(" *"): begun[2] for one in name.split(",")})
        elif section == "Args" and line.startswith("        "):
            found.update({one.strip(" *"): f"{found[one.strip(' *')]} {line.strip()}" for one in name.split(",")})
        elif line.strip():
            section = ""
    return {name: text[:1].upper() + text[1:] for name, text in found.items()}
