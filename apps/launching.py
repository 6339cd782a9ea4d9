"""What every page shares: command-line options, theme, style, and how it is served."""

import argparse
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).parent / "assets"
QUEUE_SIZE = 64  # visitors waiting; the next one is told that the page is busy
UPLOAD_LIMIT = "20mb"
FILES_LIVE = (600, 3600)  # every so many seconds, files older than so many are deleted

# Fonts that visitors have; none is fetched from elsewhere.
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR")
MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "D2Coding", "Noto Sans Mono CJK KR")


def asset(name: str) -> str:
    """The text of a file in `apps/assets`."""
    return (ASSETS / name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """Colours and fonts of all pages."""
    return gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        radius_size="md",
        font=[*FONTS, "sans-serif"],
        font_mono=[*MONOSPACE, "monospace"],
    )


def blocks(title: str) -> gr.Blocks:
    """An empty app; what visitors upload to it, or are given to download, is deleted after an hour."""
    return gr.Blocks(title=title, delete_cache=FILES_LIVE)


def options(description: str, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read `--port`, `--host` and `--share` from the command line."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--port", type=_port, help="port to serve on; without it, the first free one from 7860 up")
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),  # hosting services set it
        help="address to listen on; 0.0.0.0 admits the network",
    )
    parser.add_argument("--share", action="store_true", help="also make a public link through gradio.live")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected a whole number from 1 to 65535")
    return int(text)


def serve(demo: gr.Blocks, chosen: argparse.Namespace, after: Callable[[], None] | None = None) -> None:
    """Serve `demo` until interrupted. `after` runs in the background once the page is up."""
    demo.queue(max_size=QUEUE_SIZE)
    demo.launch(
        server_name=chosen.host,
        server_port=chosen.port,
        share=chosen.share,
        theme=theme(),
        css="\n".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.css"))),
        max_file_size=UPLOAD_LIMIT,
        footer_links=["api", "settings"],
        run_history=False,
        prevent_thread_lock=True,
    )
    if after:
        threading.Thread(target=after, name="warm-up", daemon=True).start()
    demo.block_thread()
