"""The tasks as tools of an MCP server: what an assistant may call, what it is told of them, and plain answers.

The pages' API gives all evidence, attention maps included; a tool gives what fits into a conversation.
"""

import functools
import importlib
import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio import processing_utils
from gradio.utils import get_upload_folder
from gradio_client import handle_file

from apps.shared import models, pictures, validation
from apps.shared.page import Page

UPLOADED = "/gradio_api/file="
UPLOADING = (
    "A picture is given as the address that the tool upload_file_to_gradio returned for a file, as the path with which "
    "a POST to /gradio_api/upload was answered, or as a data: URL in base64; no other address is fetched."
)


@dataclass(frozen=True)
class Tool:
    """A page's function as a tool.

    Attributes:
        page: whose models it uses.
        function: what is called; its docstring is what an assistant is told.
    """

    page: Page
    function: Callable[..., str]

    @property
    def name(self) -> str:
        """As assistants call it."""
        return self.function.__name__

    @property
    def endpoint(self) -> str:
        """The name of the endpoint that stands for it; it is in no list of the API."""
        return f"mcp_{self.name}"

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The arguments."""
        return list(inspect.signature(self.function).parameters.values())

    @property
    def takes_picture(self) -> bool:
        """Whether one of the arguments is a picture."""
        return any(parameter.annotation is pictures.PicturePath for parameter in self.parameters)


def tools(pages: Sequence[Page]) -> list[Tool]:
    """The tools of these pages; a page whose trained models are missing has none."""
    found = []
    for page in pages:
        if page.tool and (models.available(page.task) or not page.task):
            module, _, name = page.tool.partition(":")
            found.append(Tool(page, getattr(importlib.import_module(module), name)))
    return found


def register(demo: gr.Blocks, offered: Sequence[Tool]) -> None:
    """Give an app that is built the endpoints of its tools; they stand on no page and in no list of the API."""
    with demo:
        for tool in offered:
            options = {"api_name": tool.endpoint, "api_description": _description(tool), **tool.page.concurrency}
            _add(tool, api_visibility="undocumented", **options)


def offering(demo: gr.Blocks, offered: Sequence[Tool], running: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The lifespan `running` of the server, for an app with tools: they stand before the first request is taken.

    Where the MCP server could not be made, `demo.mcp_error` says why.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        if demo.mcp_server_obj is not None:
            _offer(demo, offered)
        async with running(app):
            yield

    return lifespan


def _offer(demo: gr.Blocks, offered: Sequence[Tool]) -> None:
    """Make the tools, and nothing else, those of the app's MCP server.

    By itself Gradio makes a tool of every public endpoint.
    """
    server = demo.mcp_server_obj
    server.api_info = demo.get_api_info(all_endpoints=True)
    server.tool_prefix = ""  # a Space would put its name before each
    server.tool_to_endpoint = {tool.name: f"/{tool.endpoint}" for tool in offered}
    _admit_pictures(demo)


def _add(tool: Tool, **options: Any) -> None:
    function = _in_plain_english(tool.function)
    if not tool.takes_picture:
        gr.api(function, **options)
        return
    with gr.Row(visible=False):  # `gr.api` knows no files: components that nobody sees stand for the types
        gr.Button().click(function, [_component(parameter) for parameter in tool.parameters], gr.Textbox(), **options)


def _component(parameter: inspect.Parameter) -> gr.components.Component:
    value = None if parameter.default is parameter.empty else parameter.default
    if parameter.annotation is pictures.PicturePath:
        return pictures.picture_box()
    if parameter.annotation in (int, float):
        return gr.Number(value, precision=0 if parameter.annotation is int else None)
    return gr.Textbox(value)


def _description(tool: Tool) -> str:
    """What an assistant is told of a tool: its docstring up to the arguments, and the models that are here."""
    about = " ".join(inspect.getdoc(tool.function).split("Args:")[0].split())
    if tool.page.task:
        default = {parameter.name: parameter.default for parameter in tool.parameters}.get("model")
        first = f"; default: {models.first(tool.page)}" if default == "" else ""
        about = f"{about} Models: {', '.join(models.available(tool.page.task))}{first}."
    return f"{about} {UPLOADING}" if tool.takes_picture else about


def _in_plain_english(function: Callable[..., str]) -> Callable[..., str]:
    """The function; what it refuses is said as plain English text, since nobody shows it as HTML."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> str:
        try:
            return function(*arguments, **options)
        except gr.Error as error:
            raise gr.Error(validation.plain(error), print_exception=False) from error

    return call


def _admit_pictures(demo: gr.Blocks) -> None:
    """Let pictures come in two ways only: as an upload, or inside the call; never from another address."""
    server = demo.mcp_server_obj

    def convert(arguments: dict[str, Any], places: list[list[str | int]]) -> dict[str, Any]:
        return {name: _picture_file(demo, value) if [name] in places else value for name, value in arguments.items()}

    server.convert_strings_to_filedata = convert  # Gradio's own fetches any public address


def _picture_file(demo: gr.Blocks, given: str) -> dict[str, Any]:
    """The file of a picture for the endpoint.

    Raises:
        ValueError: it is too large, or was not uploaded here.
    """
    folder = Path(get_upload_folder()).resolve()
    if given.startswith("data:"):
        if len(given) > 4 * pictures.BYTES_LIMIT / 3 + 100:  # four characters are three bytes
            raise ValueError(f"The picture has more than {pictures.BYTES_LIMIT:,} bytes. Send it smaller, or as JPEG.")
        try:
            path = Path(processing_utils.save_base64_to_cache(given, str(folder)))
        except ValueError as error:
            raise ValueError(f"The picture's data: URL is no base64: {error}. {UPLOADING}") from error
        demo.upload_file_set.add(str(path))  # deleted after an hour like any upload
    else:
        # Behind a proxy an app does not know its own address: only what comes after it counts.
        path = Path(unquote(given.split(UPLOADED, 1)[-1])).resolve()
        if not path.is_relative_to(folder) or not path.is_file():  # what else this machine has is nobody's business
            raise ValueError(f"There is no such picture here. {UPLOADING}")
    return handle_file(path)
