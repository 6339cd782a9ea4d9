"""What the training scripts say of a run that is over, and the weights as a bundle has them."""

from typing import TYPE_CHECKING, Any

from training.hardware import hardware, software

if TYPE_CHECKING:
    import keras

    from training.runs import RunState


def round_weights(model: "keras.Model") -> None:
    """Round the weights to float16, as a bundle holds them: what is scored after this is what anyone loads."""
    model.set_weights([w.astype("float16").astype(w.dtype) for w in model.get_weights()])


def about_run(model: "keras.Model", state: "RunState", seconds: float, shipped: bool) -> dict[str, Any]:
    """The part of scores.json that is about the run: size of the model, epochs, where and how long it was trained."""
    return {
        "parameters": model.count_params(),
        "weights": "float16" if shipped else "float32",
        "best_epoch": state.best_epoch,
        "epochs": state.epoch,
        "hardware": hardware(),
        "software": software(),
        "training_seconds": round(seconds),
    }


def brief(scores: dict[str, Any]) -> dict[str, Any]:
    """The plain numbers among the scores of a split."""
    return {name: value for name, value in scores.items() if not isinstance(value, dict | list)}
