"""The command line of an app, and how the app is served."""

import argparse
import contextlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence

import gradio as gr

from apps.server import address, api_descriptions, harden, uploads, zerogpu
from apps.shared import components, proxies, theme
from apps.shared.page import Page
from rnn_models.console import take_any_text

QUEUE_SIZE = 64  # visitors waiting; the next one is told that the page is busy
UPLOAD_LIMIT = "20mb"


def options(description: str, arguments: Sequence[str] | None = None, epilog: str | None = None) -> argparse.Namespace:
    """Read `--port`, `--host`, `--share` and `--mcp` from the command line."""
    take_any_text()  # for the help, and for what the server says
    parser = argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--port", type=_port, help="port to serve on; without it, the first free one from 7860 up")
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),  # hosting services set it
        help="address to listen on; 0.0.0.0 admits the network",
    )
    parser.add_argument("--share", action="store_true", help="also make a public link through gradio.live")
    parser.add_argument("--mcp", action="store_true", help="also serve the tasks as tools for assistants (MCP)")
    harden.add_options(parser)
    chosen = parser.parse_args(arguments)
    if chosen.mcp and importlib.util.find_spec("mcp") is None:
        parser.error('--mcp needs the package mcp. Install it: pip install "gradio[mcp]"')
    return chosen


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected a whole number from 1 to 65535")
    return int(text)


def main(page: Page) -> None:
    """Serve one page alone, as the command line says."""
    chosen = options(f"Open one page in a browser: {page.title}.")
    serve(lambda: components.alone(page), chosen, (page,))


def serve(build: Callable[[], gr.Blocks], chosen: argparse.Namespace, pages: Sequence[Page]) -> None:
    """Serve an app until interrupted. Where it cannot listen, or keep uploads, the program ends with one line.

    Args:
        build: makes the app.
        chosen: what the command line says, see `options`.
        pages: those that it has; their tools are served, too, if that was chosen, and the models of the first one that
            has any are loaded in the background once the app is up.

    Raises:
        RuntimeError: the MCP server that was asked for could not be made.
    """
    proxies.spare_local(chosen.host)
    with contextlib.ExitStack() as while_served:
        try:
            address.check(chosen.host, chosen.port)
            folder = while_served.enter_context(uploads.own_folder())
        except address.AddressError as error:
            sys.exit(str(error))
        except OSError as error:
            sys.exit(f"There is no folder for uploads: {error}. Let {uploads.VARIABLE} name one that you may write to.")
        # Read by Gradio when it is imported; every app makes a folder there.
        while_served.callback(setattr, gr.routes, "DEFAULT_TEMP_DIR", gr.routes.DEFAULT_TEMP_DIR)
        gr.routes.DEFAULT_TEMP_DIR = str(folder)
        _serve(build(), chosen, pages)


def _serve(demo: gr.Blocks, chosen: argparse.Namespace, pages: Sequence[Page]) -> None:
    # Whatever waits for a model waits in the queue: not even a program may go past it.
    demo.queue(max_size=QUEUE_SIZE, api_open=False)
    if chosen.mcp:
        from apps.server import mcp_tools

        tools = mcp_tools.tools(pages)
        mcp_tools.register(demo, tools)
    api_descriptions.describe_arguments(demo)
    on_gpu = zerogpu.decorate_handlers(demo)
    protected = harden.protect(demo, chosen)
    if chosen.mcp:
        protected["app_kwargs"]["lifespan"] = mcp_tools.offering(demo, tools, protected["app_kwargs"]["lifespan"])
    try:
        demo.launch(
            server_name=chosen.host,
            server_port=chosen.port,
            share=chosen.share,
            theme=theme.theme(),
            css=theme.styles(),
            head=theme.head(),
            max_file_size=UPLOAD_LIMIT,
            footer_links=["api", "settings"],
            run_history=False,
            prevent_thread_lock=True,
            mcp_server=chosen.mcp,
            _frontend=False,  # else it asks itself for its page, and ends where visitors keep it busy for three seconds
            **protected,
        )
    except OSError as error:  # of all the ports that it may take, none is free
        sys.exit(f"{str(error).split('. ')[0]}. {address.PORT}")
    if chosen.mcp and demo.mcp_server_obj is None:
        demo.close()
        raise RuntimeError(demo.mcp_error)
    if not on_gpu:  # else models are loaded where the GPU is, when they are asked for
        threading.Thread(target=_warm_up, args=(pages,), name="warm-up", daemon=True).start()
    demo.block_thread()


def _warm_up(pages: Sequence[Page]) -> None:
    """Load what the first visitors wait for: that of the first page, and the model of the first one that has any."""
    with_models = [page for page in pages if page.task]
    for page in pages[:1] if pages[0].task else [pages[0], *with_models[:1]]:
        page.warm_up()
