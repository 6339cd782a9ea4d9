"""Colours, fonts, and an empty app."""

import gradio as gr

FILES_LIVE = (600, 3600)  # every so many seconds, files older than so many are deleted

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


def blocks(title: str) -> gr.Blocks:
    """An empty app; what visitors upload to it, or are given to download, is deleted after an hour."""
    return gr.Blocks(title=title, delete_cache=FILES_LIVE)
