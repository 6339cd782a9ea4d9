"""What the readers are called, by the order in which they read."""

ORDERS = {
    "rows": ("row by row", "한 줄씩"),
    "pixels": ("pixel by pixel", "한 픽셀씩"),
    "permuted": ("permuted pixels", "순서를 섞은 픽셀"),
    "whole": ("all at once, one step", "한 번에, 1단계"),
    "glimpses": ("glimpses", "글림프스"),
}
"""In the order in which the page shows them."""
