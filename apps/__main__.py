"""The front door: `python -m apps` serves every page in one app, `python -m apps COMMAND` works in the terminal."""

import sys

if __name__ == "__main__":
    from apps.cli import main as cli

    cli.answer(sys.argv[1:])  # a command ends here, before the import of Gradio, which takes seconds

from collections.abc import Sequence

import gradio as gr

from apps import catalogue
from apps.cli import main as cli
from apps.home import page as home_page
from apps.server import launch
from apps.shared import theme
from apps.shared.languages import label
from apps.shared.page import Page


def build(pages: Sequence[Page] | None = None) -> gr.Blocks:
    """One app: the start page with a card for each page, and the pages; without `pages`, all that are to be shown."""
    pages = catalogue.shown() if pages is None else pages
    with theme.blocks(label("Recurrent networks", "순환 신경망")) as demo:
        gr.HTML(home_page.page(pages), apply_default_css=False)
    for page in pages:
        with demo.route(page.title, f"/{page.name}"):
            page.build()
    return demo


def main() -> None:
    """Serve all pages."""
    chosen = launch.options("Open all the pages in a browser.", epilog=cli.epilog())
    try:
        pages = catalogue.shown()
    except ValueError as error:
        sys.exit(f"RNN_PAGES: {error}")
    launch.serve(lambda: build(pages), chosen, pages)


if __name__ == "__main__":
    main()
