"""Frames as they come: the causal network of a `VideoLabeler`, with its state carried from frame to frame."""

from typing import Any

import numpy as np
from keras import ops, tree

from rnn_models.backend import compiled
from rnn_models.vision.frames import facing, turned


class FrameStream:
    """Labels frame after frame; the same numbers as of the whole clip at once.

    Attributes:
        frames: so many frames have come.
        clip_probabilities: (K,), of the classes of clips after these; None before the first, and without such classes.

    Args:
        model: a `VideoLabeler`.
        state: what `state` of an earlier stream gave, to go on from there; None: before the first frame.

    Raises:
        ValueError: a state of another model.
    """

    def __init__(self, model: Any, state: dict | None = None):
        self.model = model
        self.reset()
        if state is not None:
            self._take(state)

    def reset(self) -> None:
        """Forget all frames."""
        self.frames = 0
        self.clip_probabilities: np.ndarray | None = None
        self._states = [ops.convert_to_numpy(one) for one in tree.flatten(_initial(self.model))]
        self._encoded = np.zeros((1, self.model.settings["encoder_units"]), "float32")
        self._before: np.ndarray | None = None
        self._angle = 0.0

    def push(self, frame: Any) -> tuple[str, np.ndarray]:
        """The label of the next frame, and the probabilities of all classes (C,).

        `clip_probabilities` then has those of the clip up to here, where the model has classes of clips.

        Raises:
            ValueError: a frame of another shape, or with numbers that are not finite.
        """
        model = self.model
        now = self._prepared(frame)
        x = now
        if model.inputs_kind == "points":
            x = now - (now if self._before is None else self._before)
        later = np.float32(self.frames > 0)
        given = [ops.convert_to_tensor(array) for array in (x[None, None], later, self._encoded, *self._states)]
        found = [ops.convert_to_numpy(array) for array in _program(model)(*given)]
        heads = 2 if model.clip_classes else 1
        self._encoded, self._states = found[heads], found[heads + 1 :]
        self.clip_probabilities = found[1][0] if heads == 2 else None
        self._before = now if model.inputs_kind == "points" else None
        self.frames += 1
        probabilities = found[0][0]
        return model.classes[int(probabilities.argmax())], probabilities

    @property
    def state(self) -> dict:
        """All that is carried to the next frame, in plain numbers and lists: JSON can hold it."""
        return {
            "frames": self.frames,
            "angle": self._angle,
            "before": None if self._before is None else self._before.tolist(),
            "encoded": self._encoded.tolist(),
            "states": [one.tolist() for one in self._states],
        }

    def _prepared(self, frame: Any) -> np.ndarray:
        across = self.model.settings["across"]
        if across is None:
            return self.model.prepared(np.asarray(frame)[None])[0]
        # `prepared` turns a clip by its first frame: here by that of the stream
        checked = self.model.prepared(np.asarray(frame)[None])
        raw = np.asarray(frame, "float32")
        if self.frames == 0:
            self._angle = facing(raw, across)
            return checked[0]
        return turned(raw, self._angle)

    def _take(self, state: dict) -> None:
        shapes = _shapes(self.model)
        try:
            states = [np.asarray(one, "float32") for one in state["states"]]
            before = None if state["before"] is None else np.asarray(state["before"], "float32")
            encoded = np.asarray(state["encoded"], "float32")
            frames, angle = int(state["frames"]), float(state["angle"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"The state is none of a stream: {error!r}. Give what `FrameStream.state` gave."
            ) from error
        numbers = [*states, encoded, np.float32(angle), *([] if before is None else [before])]
        fits = [one.shape for one in (encoded, *states)] == [self._encoded.shape, *shapes] and all(
            np.isfinite(one).all() for one in numbers
        )
        if not fits or (before is not None and before.shape != (2,)) or frames < 0:
            raise ValueError("The state is that of another model. Begin a new stream, or give it to its own model.")
        self._encoded, self._states, self._before, self.frames, self._angle = encoded, states, before, frames, angle


def _initial(model: Any) -> list:
    return model.parts[0].recurrence.get_initial_state(1)


def _shapes(model: Any) -> list[tuple[int, ...]]:
    return [tuple(one.shape) for one in tree.flatten(_initial(model))]


def _program(model: Any) -> Any:
    """One step as a program: a frame, 1 where one came before, that one encoded, and the states give the next."""
    if "step" not in model._programs:
        network, nest, differs = model.parts[0], _initial(model), model.settings["differences"]

        def step(frame: Any, later: Any, before: Any, *states: Any) -> list:
            encoded = model.encoder(frame)[:, 0]
            x = ops.concatenate([encoded, later * (encoded - before)], axis=-1) if differs else encoded
            h, new = network.recurrence.step(x, tree.pack_sequence_as(nest, list(states)))
            logits = [one for one in network.heads(h, h) if one is not None]
            return [*(ops.softmax(ops.cast(one, "float32"), axis=-1) for one in logits), encoded, *tree.flatten(new)]

        model._programs["step"] = compiled(step, [model])
    return model._programs["step"]
