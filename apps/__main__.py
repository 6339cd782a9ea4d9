"""The front door: `python -m apps` serves every page in one app."""

import html

import gradio as gr

from apps import launching
from apps.pages import PAGES, Page

TITLE = "The recurrent-network lecture, alive · 살아 있는 순환 신경망 강의"


def build() -> gr.Blocks:
    """One app: a first page with a card for each task, and a page for each task."""
    with launching.blocks("Recurrent networks · 순환 신경망") as demo:
        cards = "".join(map(_card, PAGES))
        gr.HTML(f'<main class="rnn-home"><h1>{TITLE}</h1><nav class="rnn-cards">{cards}</nav></main>')
    for page in PAGES:
        with demo.route(page.title, f"/{page.path}"):
            page.build()
    return demo


def _card(page: Page) -> str:
    title, summary, korean = map(html.escape, (page.title, page.summary, page.summary_ko))
    return (
        f'<a class="rnn-card" href="{html.escape(page.path)}"><strong>{title}</strong>'
        f'<span>{summary}</span><span lang="ko">{korean}</span></a>'
    )


def main() -> None:
    """Serve all pages."""
    chosen = launching.options("Open all the pages in a browser.")
    launching.serve(build(), chosen, after=PAGES[0].warm_up)


if __name__ == "__main__":
    main()
