"""Colours, fonts, scripts, and an empty app."""

import gradio as gr

from apps.shared import assets, glossary, languages

FILES_LIVE = (600, 3600)  # every so many seconds, files older than so many are deleted

# Files of `assets` that every page has in its head, in this order. A style stands here only if it is for parts outside
# of Gradio's container, such as the header: Gradio puts its container's class before all other rules.
HEAD = (
    "header.css",
    "glossary.css",
    "presenter.css",
    "observations.css",
    "queue.css",
    "both.js",
    "links.js",
    "observations.js",
    "queue.js",
    "header.js",
    "language_and_theme.js",
    "scroll_cues.js",
    "chart_values.js",
    "api_panel.js",
    "glossary.js",
    "figure_svg.js",
    "save_figure.js",
    "presenter.js",
    "errors.js",
    "run.js",
)

# Fonts that visitors have; none is fetched from elsewhere.
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR")
MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "D2Coding", "Noto Sans Mono CJK KR")


def theme() -> gr.themes.Base:
    """Colours and fonts of all pages."""
    return gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        radius_size="md",
        font=[*FONTS, "sans-serif"],
        font_mono=[*MONOSPACE, "monospace"],
    ).set(  # enough contrast on any ground: 4.5 to 1
        body_text_color_subdued="*neutral_600",
        block_info_text_color="*neutral_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
    )


def head() -> str:
    """What every page has in its head: scripts, and styles of what stands outside of Gradio's container.

    Labels must have been made before.
    """
    files = "".join(_element(name) for name in HEAD)
    return f"<script>{languages.script()}\n{glossary.script()}</script>{files}"


def _element(name: str) -> str:
    kind = "style" if name.endswith(".css") else "script"
    return f"<{kind}>{assets.asset('shared', name)}</{kind}>"


def styles() -> str:
    """All other styles, those of the pages too."""
    return assets.styles(apart=HEAD)


def blocks(title: str) -> gr.Blocks:
    """An empty app; what visitors upload to it, or are given to download, is deleted after an hour."""
    return gr.Blocks(title=title, delete_cache=FILES_LIVE)
