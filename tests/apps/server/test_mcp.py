"""The MCP server, as an assistant meets it: which tools, what they are said to be, answers and refusals."""

import asyncio
import base64
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio import http_server
from mcp import ClientSession, types
from mcp.client.streamable_http import streamablehttp_client

from apps.captioning.examples import PICTURES
from apps.server import launch
from apps.shared.page import Page
from apps.translation import PAGE
from tests.support.asynchronous import finished
from tests.support.browser import CAPTIONING, ENGLISH, ROOT, answering, free_port, visitor

SOFT = next(iter(CAPTIONING))
TOOLS = {
    "generate_text": {"prompt", "model", "length", "temperature", "top_k", "top_p", "seed"},
    "classify_sentiment": {"text", "model"},
    "translate": {"text", "model", "beam", "length_penalty"},
    "caption_image": {"picture", "model", "beam", "length_penalty"},
}
REQUIRED = {"classify_sentiment": ["text"], "translate": ["text"], "caption_image": ["picture"]}


@pytest.fixture(scope="module")
def address(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`python -m apps --mcp` with the tiny models."""
    with served("apps", tiny_models, tmp_path_factory.mktemp("mcp") / "log.txt") as found:
        yield found


def served(module: str, models: Path, log: Path) -> contextlib.AbstractContextManager[str]:
    port = free_port()
    command = [sys.executable, "-m", module, "--port", str(port), "--mcp"]
    return answering(command, port, ROOT, {**os.environ, "RNN_MODELS_DIR": str(models)}, log)


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


def test_the_tools_are_exactly_four_and_each_argument_is_described(address):
    tools = listed(address)
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


def test_what_is_public_for_programs_is_no_tool_by_its_own_name(address):
    for name in ("score", "classify", "steer", "classify_table", "hello_step", "mcp_translate", "list_models"):
        assert "Unknown tool" in refusal(address, name, text="a")


def test_text_is_written(address):
    ask = {"prompt": "a", "model": ENGLISH, "length": 20, "seed": 4}
    text = answer(address, "generate_text", **ask)
    assert len(text) == 20 and answer(address, "generate_text", **ask) == text
    assert answer(address, "generate_text", **ask | {"seed": 5}) != text


def test_a_review_is_judged(address):
    found = json.loads(answer(address, "classify_sentiment", text="정말 좋다"))
    assert found["model"] == "sentiment/nsmc" and found["label"] in found["probabilities"]
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_text_is_translated_as_the_api_does_it(address):
    told = json.loads(answer(address, "translate", text="two dogs in the snow", model="translation/de-en", beam=2))
    whole = visitor(address).predict("two dogs in the snow", "translation/de-en", 2, api_name="/translate")
    assert told == {name: whole[name] for name in ("text", "score", "model")}


@pytest.fixture(scope="module")
def cat() -> bytes:
    return (PICTURES / "cat.jpg").read_bytes()


def test_a_picture_is_described_however_it_comes(address, cat):
    inside = f"data:image/jpeg;base64,{base64.b64encode(cat).decode()}"
    found = json.loads(answer(address, "caption_image", picture=inside, beam=2))
    assert found["model"] == SOFT and found["text"] and found["strange"] is True
    (path,) = httpx.post(f"{address}gradio_api/upload", files={"files": ("cat.jpg", cat)}).json()
    for picture in (path, f"{address}gradio_api/file={path}"):
        assert json.loads(answer(address, "caption_image", picture=picture, beam=2)) == found


@pytest.mark.parametrize(
    "picture", [str(PICTURES / "cat.jpg"), "../../etc/passwd", "http://127.0.0.1:9/cat.jpg", "", "a cat"]
)
def test_only_what_was_uploaded_is_read(address, picture):
    assert "There is no such picture here" in refusal(address, "caption_image", picture=picture)


def test_a_file_object_is_no_way_around(address):
    given = {"path": str(PICTURES / "cat.jpg"), "meta": {"_type": "gradio.FileData"}}
    assert "is not of type 'string'" in refusal(address, "caption_image", picture=given)


def test_a_picture_that_is_none_or_too_large_is_refused(address):
    text = f"data:image/png;base64,{base64.b64encode(b'<svg/>').decode()}"
    assert "SVG" in refusal(address, "caption_image", picture=text)
    assert "is no base64" in refusal(address, "caption_image", picture="data:image/png;base64,a")
    large = "data:image/png;base64," + "A" * 27_000_000
    with pytest.raises(BaseExceptionGroup) as error:  # the server does not read so long a request
        call(address, "caption_image", picture=large)
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
def test_refusals_are_plain_english(address, tool, arguments, told):
    said = refusal(address, tool, **arguments)
    assert told in said and "<br>" not in said and said.isascii()


def test_the_api_has_no_more_endpoints_than_without(address, server):
    both = [visitor(url).view_api(return_format="dict", print_info=False) for url in (address, server)]
    assert both[0] == both[1]


def test_a_page_alone_has_its_own_tool(tiny_models, tmp_path):
    with served("apps.translation", tiny_models, tmp_path / "log.txt") as address:
        assert set(listed(address)) == {"translate"}
        assert json.loads(answer(address, "translate", text="two dogs"))["model"] == "translation/en-ko"


def test_gradios_own_tools_never_stand_there(tiny_models, monkeypatch):
    """The list of tools, by the first requests that the server takes, while the app is still being launched."""
    monkeypatch.setenv("RNN_MODELS_DIR", str(tiny_models))
    first, start = [], http_server.start_server

    def started(**how: Any) -> Any:
        server = start(**how)
        first.append(set(listed(server[2])))
        return server

    monkeypatch.setattr(http_server, "start_server", started)
    serve_echo(monkeypatch)
    assert first == [{"translate"}]


def test_a_server_of_tools_that_cannot_be_made_says_why(tiny_models, monkeypatch):
    monkeypatch.setenv("RNN_MODELS_DIR", str(tiny_models))

    def broken(blocks: gr.Blocks) -> None:
        raise ValueError("no such protocol")

    monkeypatch.setattr("gradio.mcp.GradioMCPServer", broken)
    with pytest.raises(RuntimeError, match="Error launching MCP server: no such protocol"):
        serve_echo(monkeypatch)


def serve_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Launch an app of two endpoints with the option, in this process, and end it at once."""
    monkeypatch.setattr(gr.Blocks, "block_thread", gr.Blocks.close)
    monkeypatch.setattr(Page, "warm_up", lambda page: None)
    with gr.Blocks() as demo:
        gr.api(echo, api_name="translate")
        gr.api(echo, api_name="align")
    launch.serve(demo, launch.options("", ["--port", str(free_port()), "--mcp"]), (PAGE,))


def echo(text: str) -> str:
    return text


def test_without_the_option_there_is_no_server(server):
    assert httpx.post(f"{server}gradio_api/mcp/", json={}).status_code in (404, 405)


def test_without_the_package_the_option_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as end:
        launch.options("", ["--mcp"])
    assert end.value.code == 2 and 'pip install "gradio[mcp]"' in capsys.readouterr().err
