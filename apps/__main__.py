"""The front door: `python -m apps` serves every page in one app, `python -m apps COMMAND` works in the terminal."""

import sys

if __name__ == "__main__":
    from apps.cli import main as cli_main

    cli_main.answer(sys.argv[1:])  # a command ends here, before the import of Gradio, which takes seconds

import gradio as gr

from apps.catalogue import PAGES
from apps.cli.main import EPILOG
from apps.home import page as home_page
from apps.server import launch
from apps.shared import theme

START = "Start · 처음"


def build() -> gr.Blocks:
    """One app: the start page with a card for each task, and a page for each task."""
    with theme.blocks("Recurrent networks · 순환 신경망") as demo:
        gr.Navbar(main_page_name=START)
        gr.HTML(home_page.page(PAGES), apply_default_css=False)
    for page in PAGES:
        with demo.route(page.title, f"/{page.path}"):
            gr.Navbar(main_page_name=START)
            page.build()
    return demo


def main() -> None:
    """Serve all pages."""
    chosen = launch.options("Open all the pages in a browser.", epilog=EPILOG)
    launch.serve(build(), chosen, after=PAGES[0].warm_up)


if __name__ == "__main__":
    main()
