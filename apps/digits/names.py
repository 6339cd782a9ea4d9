"""What the readers are called, by the order in which they read, and how the page tells of them."""

ORDERS = {
    "rows": ("row by row", "한 줄씩"),
    "pixels": ("pixel by pixel", "한 픽셀씩"),
    "permuted": ("permuted pixels", "순서를 섞은 픽셀"),
    "whole": ("all at once, one step", "한 번에, 1단계"),
    "glimpses": ("glimpses", "글림프스"),
}
"""In the order in which the page shows them."""

TOLD = {
    "rows": ("row by row (28 steps)", "한 줄씩(28단계)"),
    "pixels": ("pixel by pixel (784 steps: *sequential MNIST*)", "한 픽셀씩(784단계, *sequential MNIST*)"),
    "permuted": ("pixel by pixel in one permuted order (*permuted MNIST*)", "순서를 섞은 픽셀로(*permuted MNIST*)"),
    "whole": ("all at once, in one step", "한 단계에 전부"),
    "glimpses": ("by a few small glimpses that it chooses itself", "스스로 고른 작은 글림프스 몇 개로"),
}
"""The same in a sentence, as Markdown."""
