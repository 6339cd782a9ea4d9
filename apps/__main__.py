"""The front door: `python -m apps` serves every page in one app, `python -m apps COMMAND` works in the terminal."""

import sys

if __name__ == "__main__":
    from apps import terminal

    terminal.answer(sys.argv[1:])  # a command ends here, before the import of Gradio, which takes seconds

import gradio as gr

from apps import home, launching
from apps.pages import PAGES
from apps.terminal import EPILOG

START = "Start · 처음"


def build() -> gr.Blocks:
    """One app: the start page with a card for each task, and a page for each task."""
    with launching.blocks("Recurrent networks · 순환 신경망") as demo:
        gr.Navbar(main_page_name=START)
        gr.HTML(home.page(PAGES), apply_default_css=False)
    for page in PAGES:
        with demo.route(page.title, f"/{page.path}"):
            gr.Navbar(main_page_name=START)
            page.build()
    return demo


def main() -> None:
    """Serve all pages."""
    chosen = launching.options("Open all the pages in a browser.", epilog=EPILOG)
    launching.serve(build(), chosen, after=PAGES[0].warm_up)


if __name__ == "__main__":
    main()
