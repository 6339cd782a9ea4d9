"""A small picture whose pixels can be seen."""

import numpy as np

from apps.shared import pictures
from apps.shared.languages import label

PICTURE = label("28 × 28 pixels, white ink on black", "28 × 28픽셀, 검은 바탕에 흰 잉크")


def picture_html(picture: np.ndarray, described: str = PICTURE) -> str:
    """A picture (H, W) from 0 (paper) to 1 (ink) as an image; `described` is plain text."""
    from PIL import Image

    image = Image.fromarray(np.uint8(np.round(255 * np.clip(picture, 0, 1))))
    return f'<img class="rnn-pixels" src="{pictures.data_url(image, "PNG", optimize=True)}" alt="{described}"/>'
