"""The MCP server, as an assistant meets it: which tools, what they are said to be, answers and refusals."""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio import http_server
from mcp import ClientSession, types
from mcp.client.streamable_http import streamablehttp_client

from apps import __main__ as front_door
from apps import catalogue
from apps.captioning.examples import PICTURES
from apps.server import launch
from apps.shared import components
from apps.shared.page import Page
from apps.translation import PAGE
from tests.support.asynchronous import finished
from tests.support.browser import CAPTIONING, ENGLISH, free_port, visitor

SOFT = next(iter(CAPTIONING))
TOOLS = {
    "generate_text": {"prompt", "model", "length", "temperature", "top_k", "top_p", "seed"},
    "classify_sentiment": {"text", "model"},
    "translate": {"text", "model", "beam", "length_penalty"},
    "caption_image": {"picture", "model", "beam", "length_penalty"},
    "read_digit": {"picture", "model"},
    "ask_picture": {"picture", "question", "model"},
    "label_movement": {"points", "model"},
}
REQUIRED = {
    "classify_sentiment": ["text"],
    "translate": ["text"],
    "caption_image": ["picture"],
    "read_digit": ["picture"],
    "ask_picture": ["picture", "question"],
    "label_movement": ["points"],
}


def with_session(address: str, use: Callable[[ClientSession], Any]) -> Any:
    """What `use` gives for a session of a real MCP client over streamable HTTP."""

    async def run() -> Any:
        async with (
            streamablehttp_client(f"{address}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await use(session)

    return finished(asyncio.wait_for(run(), 300))


def call(address: str, tool: str, **arguments: Any) -> types.CallToolResult:
    return with_session(address, lambda session: session.call_tool(tool, arguments))


def answer(address: str, tool: str, **arguments: Any) -> str:
    """The text of an answer that is no error."""
    result = call(address, tool, **arguments)
    (content,) = result.content
    assert not result.isError, content
    return content.text


def refusal(address: str, tool: str, **arguments: Any) -> str:
    """The text of an answer that is an error."""
    result = call(address, tool, **arguments)
    (content,) = result.content
    assert result.isError, content
    return content.text


def listed(address: str) -> dict[str, types.Tool]:
    return {tool.name: tool for tool in with_session(address, lambda session: session.list_tools()).tools}


def test_the_tools_are_exactly_six_and_each_argument_is_described(server):
    tools = listed(server)
    assert set(tools) == set(TOOLS)
    for name, tool in tools.items():
        given = tool.inputSchema["properties"]
        assert set(given) == TOOLS[name]
        assert all(len(about["description"]) > 20 for about in given.values()), given
        assert sorted(tool.inputSchema.get("required", [])) == REQUIRED.get(name, [])
    assert (
        ENGLISH in tools["generate_text"].description
        and "follows no instructions" in tools["generate_text"].description
    )
    assert "default: translation/en-ko" in tools["translate"].description
    assert "upload_file_to_gradio" in tools["caption_image"].description


def test_what_is_public_for_programs_is_no_tool_by_its_own_name(server):
    for name in ("score", "classify", "steer", "classify_table", "unroll_show", "mcp_translate", "list_models"):
        assert "Unknown tool" in refusal(server, name, text="a")


def test_text_is_written(server):
    ask = {"prompt": "a", "model": ENGLISH, "length": 20, "seed": 4}
    text = answer(server, "generate_text", **ask)
    assert len(text) == 20 and answer(server, "generate_text", **ask) == text
    assert answer(server, "generate_text", **ask | {"seed": 5}) != text


def test_a_review_is_judged(server):
    found = json.loads(answer(server, "classify_sentiment", text="정말 좋다"))
    assert found["model"] == "sentiment/nsmc" and found["label"] in found["probabilities"]
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_text_is_translated_as_the_api_does_it(server):
    told = json.loads(answer(server, "translate", text="Zwei Hunde", model="translation/de-en", beam=3))
    whole = visitor(server).predict("Zwei Hunde", "translation/de-en", 3, api_name="/translate")
    assert told == {name: whole[name] for name in ("text", "score", "model", "hints")}


@pytest.fixture(scope="module")
def cat() -> bytes:
    return (PICTURES / "cat.jpg").read_bytes()


def test_a_picture_is_described_however_it_comes(server, cat):
    inside = f"data:image/jpeg;base64,{base64.b64encode(cat).decode()}"
    found = json.loads(answer(server, "caption_image", picture=inside, beam=3))
    assert found["model"] == SOFT and found["text"] and found["strange"] is True
    (path,) = httpx.post(f"{server}gradio_api/upload", files={"files": ("cat.jpg", cat)}).json()
    for picture in (path, f"{server}gradio_api/file={path}"):
        assert json.loads(answer(server, "caption_image", picture=picture, beam=3)) == found


@pytest.mark.parametrize(
    "picture", [str(PICTURES / "cat.jpg"), "../../etc/passwd", "http://127.0.0.1:9/cat.jpg", "", "a cat"]
)
def test_only_what_was_uploaded_is_read(server, picture):
    assert "There is no such picture here" in refusal(server, "caption_image", picture=picture)


def test_a_file_object_is_no_way_around(server):
    given = {"path": str(PICTURES / "cat.jpg"), "meta": {"_type": "gradio.FileData"}}
    assert "is not of type 'string'" in refusal(server, "caption_image", picture=given)


def test_a_picture_that_is_none_or_too_large_is_refused(server):
    text = f"data:image/png;base64,{base64.b64encode(b'<svg/>').decode()}"
    assert "SVG" in refusal(server, "caption_image", picture=text)
    assert "is no base64" in refusal(server, "caption_image", picture="data:image/png;base64,a")
    large = "data:image/png;base64," + "A" * 27_000_000
    with pytest.raises(BaseExceptionGroup) as error:  # the server does not read so long a request
        call(server, "caption_image", picture=large)
    assert "413" in str([str(one) for one in leaves(error.value)])


def leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("translate", {"text": "a" * 2_001}, "The text has 2,001 characters; at most 2,000 fit. Shorten it."),
        ("translate", {"text": " "}, "There is no text yet: type or paste one."),
        ("generate_text", {"length": 2_001}, "The length is 2001; choose a number from 1 to 2,000."),
        ("classify_sentiment", {"text": "a", "model": "<b>x</b>"}, "There is no model '<b>x</b>'; expected one of: "),
    ],
)
def test_refusals_are_plain_english(server, tool, arguments, told):
    said = refusal(server, tool, **arguments)
    assert told in said and "<br>" not in said and said.isascii()


@pytest.fixture
def served_here(only_tiny_models, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`served_here(demo, pages, use, *options)`: what `use(address)` gives for an app served in this process."""

    def serve(demo: gr.Blocks, pages: Sequence[Page], use: Callable[[str], Any], *options: str) -> Any:
        used: list = []

        def use_and_close(demo: gr.Blocks) -> None:
            try:
                used.append(use(demo.local_url))
            finally:
                demo.close()

        monkeypatch.setattr(gr.Blocks, "block_thread", use_and_close)
        monkeypatch.setattr(Page, "warm_up", lambda page: None)
        launch.serve(lambda: demo, launch.options("", ["--port", str(free_port()), *options]), pages)
        return used[0]

    return serve


def test_without_the_option_there_are_the_same_endpoints_and_no_tools(server, served_here):
    def endpoints(address: str) -> dict:
        told = httpx.get(f"{address}gradio_api/info", timeout=60).text
        # Gradio numbers what has no label, through all apps that a process has built.
        told = re.sub(r"\b(parameter|value)_\d+", r"\1", told.replace(address.rstrip("/"), "the server"))
        return json.loads(told)["named_endpoints"]

    def use(address: str) -> tuple[dict, int]:
        return endpoints(address), httpx.post(f"{address}gradio_api/mcp/", json={}, timeout=60).status_code

    without, status = served_here(front_door.build(), catalogue.pages(), use)
    assert without == endpoints(server) and len(without) > 10 and status in (404, 405)


def test_a_page_alone_has_its_own_tool(served_here):
    def use(address: str) -> tuple[set[str], dict]:
        return set(listed(address)), json.loads(answer(address, "translate", text="two dogs", beam=1))

    names, told = served_here(components.alone(PAGE), (PAGE,), use, "--mcp")
    assert names == {"translate"} and told["model"] == "translation/en-ko"


def test_gradios_own_tools_never_stand_there(served_here, monkeypatch):
    """The list of tools, by the first requests that the server takes, while the app is still being launched."""
    first, start = [], http_server.start_server

    def started(**how: Any) -> Any:
        server = start(**how)
        first.append(set(listed(server[2])))
        return server

    monkeypatch.setattr(http_server, "start_server", started)
    serve_echo(served_here)
    assert first == [{"translate"}]


def test_a_server_of_tools_that_cannot_be_made_says_why(served_here, monkeypatch):
    def broken(blocks: gr.Blocks) -> None:
        raise ValueError("no such protocol")

    monkeypatch.setattr("gradio.mcp.GradioMCPServer", broken)
    with pytest.raises(RuntimeError, match="Error launching MCP server: no such protocol"):
        serve_echo(served_here)


def serve_echo(served_here: Callable[..., Any]) -> None:
    """Launch an app of two endpoints with the option, and end it at once."""
    with gr.Blocks() as demo:
        gr.api(echo, api_name="translate")
        gr.api(echo, api_name="align")
    served_here(demo, (PAGE,), str, "--mcp")


def echo(text: str) -> str:
    return text


def test_without_the_package_the_option_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as end:
        launch.options("", ["--mcp"])
    assert end.value.code == 2 and 'pip install "gradio[mcp]"' in capsys.readouterr().err
