"""A trained bundle as the class that is asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner


def loaded(bundle: str) -> "Captioner":
    """The captioner of a bundle.

    Raises:
        ValueError: there is no such bundle, or it is of another task.
    """
    import rnn_models

    model = rnn_models.load(bundle)
    if not isinstance(model, rnn_models.Captioner):
        raise ValueError(f"{bundle} is no captioner, but a {type(model).__name__}.")
    return model
