"""Labelled pictures of digits: MNIST, or a folder of your own."""

from training.data.digit_folders import folder_digits
from training.data.mnist import PUBLIC, load_mnist
from training.data.records import ImageData

__all__ = ["PUBLIC", "folder_digits", "load_digits"]


def load_digits(name: str) -> ImageData:
    """A public data set by name: "mnist".

    Raises:
        ValueError: another name.
        DataError: the data cannot be had.
    """
    if name != "mnist":
        raise ValueError(f"Unknown set of digits {name!r}; known: mnist. Your own: folder_digits.")
    return load_mnist()
