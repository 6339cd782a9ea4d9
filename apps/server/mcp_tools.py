"""The tasks as tools of an MCP server: what an assistant may call, what it is told of them, and plain answers.

The pages' API gives all evidence, attention maps included; a tool gives what fits into a conversation.
"""

import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio import processing_utils
from gradio.utils import get_upload_folder
from gradio_client import handle_file

from apps.captioning import inference as captioning_inference
from apps.char_lm import inference as char_lm_inference
from apps.sentiment import inference as sentiment_inference
from apps.shared import models, pictures, validation
from apps.translation import inference as translation_inference

UPLOADED = "/gradio_api/file="
UPLOADING = (
    "A picture is given as the address that the tool upload_file_to_gradio returned for a file, as the path with which "
    "a POST to /gradio_api/upload was answered, or as a data: URL in base64; no other address is fetched."
)


def generate_text(
    prompt: str = "",
    model: str = "",
    length: int = 200,
    temperature: float = 0.8,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 1,
) -> str:
    """Continue a text with a small character-level recurrent network. It writes in the style of what it was trained on
    (Shakespeare, source code, Korean reviews: see its name), letter by letter; it follows no instructions and knows no
    facts. Returns the continuation without the prompt.

    Args:
        prompt: What the text begins with, at most 1,000 characters, in the style of the training text.
        model: One of the models named above; "" takes the default.
        length: How many characters to write, 1 to 2,000.
        temperature: 0 to 100; lower is safer, higher is wilder, 1 is the model's own distribution.
        top_k: Draw among this many likeliest characters only; 0 for all.
        top_p: Draw among the likeliest that have this probability together; 1 for all.
        seed: The same seed gives the same text; 0 to 4294967295.
    """
    with _plain_errors():
        return char_lm_inference.generate(prompt, model, length, temperature, top_k, top_p, seed)


def classify_sentiment(text: str, model: str = "auto") -> str:
    """Say whether a review is positive or negative, in Korean or English. Returns a JSON object: label, probability,
    the probabilities of all labels, the model, and hints, reasons why the model may only be guessing.

    Args:
        text: The review, at most 5,000 characters.
        model: One of the models named above; "auto" takes the one of the text's language.
    """
    with _plain_errors():
        return _json(sentiment_inference.classify(text, model))


def translate(text: str, model: str = "", beam: int = 5, length_penalty: float = 1.0) -> str:
    """Translate a text with a small recurrent network with attention, sentence by sentence; the model's name says from
    which language into which (de-en: German to English). It knows everyday sentences; on others it can be badly wrong.
    Returns a JSON object: text, score (the log-probability, by which the search ranks), and the model.

    Args:
        text: What is to be translated, at most 2,000 characters and 40 sentences.
        model: One of the models named above; "" takes the default.
        beam: How many hypotheses the search keeps, 1 (greedy) to 10.
        length_penalty: 0 to 2; the higher, the longer the translations.
    """
    with _plain_errors():
        found = translation_inference.translate(text, model, beam, length_penalty)
    return _json({name: found[name] for name in ("text", "score", "model")})


def caption_image(picture: str, model: str = "", beam: int = 5, length_penalty: float = 1.0) -> str:
    """Say in one English sentence what a picture shows, with a small recurrent network with attention. Returns a JSON
    object: text, score (log-probability, with the length penalty), alternatives, strange (true: the picture is
    unlike all that the model was trained on, do not trust the caption; null: it cannot tell), and the model.

    Args:
        picture: A picture: JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        model: One of the models named above; "" takes the default.
        beam: How many beginnings the search keeps, 1 (greedy) to 10.
        length_penalty: 0 to 2; the higher, the longer the captions that are preferred.
    """
    with _plain_errors():
        found = captioning_inference.caption_image(picture, model, beam, length_penalty)
    return _json({name: found[name] for name in ("text", "score", "alternatives", "strange", "model")})


# With the server -------------------------------------------------------------------------------------

# What of the pages' API each tool stands for: an app that has the one is given the other.
TOOLS: dict[str, tuple[Callable[..., str], dict[str, Any]]] = {
    "generate": (generate_text, char_lm_inference.CONCURRENCY),
    "classify": (classify_sentiment, sentiment_inference.CONCURRENCY),
    "translate": (translate, translation_inference.CONCURRENCY),
    "caption_image": (caption_image, captioning_inference.CONCURRENCY),
}
TASKS = {generate_text: char_lm_inference.TASK, classify_sentiment: sentiment_inference.TASK}
TASKS |= {translate: translation_inference.TASK, caption_image: captioning_inference.TASK}


def register(demo: gr.Blocks) -> None:
    """Give an app that is built the endpoints of its tools; they stand on no page and in no list of the API."""
    there = {function.api_name for function in demo.fns.values()}
    with demo:
        for name, (tool, concurrency) in TOOLS.items():
            if name in there:
                how = {"api_name": _endpoint(tool), "api_description": _description(tool), **concurrency}
                _add(tool, api_visibility="undocumented", **how)


def offering(demo: gr.Blocks, running: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The lifespan `running` of the server, for an app with tools: they stand before the first request is taken.

    Where the MCP server could not be made, `demo.mcp_error` says why.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        if demo.mcp_server_obj is not None:
            _offer(demo)
        async with running(app):
            yield

    return lifespan


def _offer(demo: gr.Blocks) -> None:
    """Make the tools, and nothing else, those of the app's MCP server.

    By itself Gradio makes a tool of every public endpoint.
    """
    server = demo.mcp_server_obj
    server.api_info = demo.get_api_info(all_endpoints=True)
    endpoints = server.api_info["named_endpoints"]
    known = {tool.__name__: f"/{_endpoint(tool)}" for tool, _ in TOOLS.values()}
    server.tool_prefix = ""  # a Space would put its name before each
    server.tool_to_endpoint = {name: endpoint for name, endpoint in known.items() if endpoint in endpoints}
    _admit_pictures(demo)


def _add(tool: Callable[..., str], **how: Any) -> None:
    if tool is not caption_image:
        gr.api(tool, **how)
        return
    with gr.Row(visible=False):  # `gr.api` knows no files: parts that nobody sees stand for the types
        parts = [pictures.picture_box(), gr.Textbox(""), gr.Number(5, precision=0), gr.Number(1.0)]
        gr.Button().click(tool, parts, gr.Textbox(), **how)


def _endpoint(tool: Callable[..., str]) -> str:
    return f"mcp_{tool.__name__}"


def _description(tool: Callable[..., str]) -> str:
    """What an assistant is told of a tool: its docstring up to the arguments, and the models that are here."""
    about = " ".join(inspect.getdoc(tool).split("Args:")[0].split())
    names = models.available(TASKS[tool])
    told = f"{about} Models: {', '.join(names) or 'none yet'}"
    told += f"; default: {models.first(TASKS[tool])}." if names and tool is not classify_sentiment else "."
    return f"{told} {UPLOADING}" if tool is caption_image else told


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


def _json(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What the pages refuse, as plain English text: nobody shows it as HTML."""
    try:
        yield
    except gr.Error as error:
        raise gr.Error(validation.plain(error), print_exception=False) from error
