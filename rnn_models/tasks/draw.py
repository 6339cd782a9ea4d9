"""DRAW: a network that paints a picture step by step (Gregor et al. 2015, arXiv:1502.04623)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnn_models.backend import compiled, scan
from rnn_models.checks import check_choice, check_count, check_units, is_number
from rnn_models.layers.catalogue import CELLS
from rnn_models.layers.recurrent_cell import PACKAGE
from rnn_models.vision.digit_pictures import SIDE, digit_picture
from rnn_models.vision.gaussian_filterbank import NUMBERS, Window, filterbank, window

PIXELS = SIDE * SIDE
INK = 0.5
"""A pixel is ink from this brightness on: the network knows 0 and 1 only."""

_BATCH = 16
"""So many pictures are painted in one run."""


@dataclass(frozen=True)
class Drawing:
    """N pictures, as they came to be.

    Attributes:
        canvases: (N, T, 28, 28), σ(c_t): the probability of ink after each step.
        first: (28, 28), σ(c_0): the canvas before the first step.
        latents: (N, T, Z), the z's.
        labels: the class that each was painted as; None of a model without classes.
        writes: where was written at each step, a `Window` of arrays (N, T); None without attention.
        reads: where was read, likewise; None also where nothing was read.
        nats: of a reconstruction (N, 1 + T): −ln p(x | z), then the KL divergence of each step; else None.
    """

    canvases: np.ndarray
    first: np.ndarray
    latents: np.ndarray
    labels: list[str | None]
    writes: Window | None
    reads: Window | None = None
    nats: np.ndarray | None = None


@keras.saving.register_keras_serializable(package=PACKAGE)
class DRAW(keras.Model):
    """A recurrent variational auto-encoder that paints on a canvas (Gregor et al. 2015, arXiv:1502.04623).

        x̂_t = x − σ(c_{t-1})                                   what is still wrong
        r_t = read(x, x̂_t, h^dec_{t-1})
        h^enc_t = cell(h^enc_{t-1}, [r_t, h^dec_{t-1}])
        z_t ~ q(z_t | h^enc_t) = N(μ_t, σ_t²),  [μ_t, ln σ_t] = h^enc_t W + b
        h^dec_t = cell(h^dec_{t-1}, z_t)
        c_t = c_{t-1} + write(h^dec_t)

    and x is ink where σ(c_T) says so. To draw, z_t ~ N(0, 1) takes the place of what was read. The loss, in nats, is an
    upper bound of −ln p(x):

        Σ_pixels −ln Bernoulli(x; σ(c_T)) + Σ_t ½ Σ (μ_t² + σ_t² − ln σ_t² − 1)

    With attention, read and write look through a grid of Gaussian filters (`rnn_models.vision.gaussian_filterbank`)
    that h^dec places; without it r_t is [x, x̂_t] whole, and write(h) = h W + b on the whole canvas.

    With `labels`, the class y goes into both cells at every step, and the loss is a bound of −ln p(x | y). Classes that
    are equally frequent add ln(their number): −ln p(x) ≤ −ln p(x | y) + ln C.

    Args:
        steps: T.
        latent: Z, the width of z_t.
        units: H, the width of both cells' states.
        attention: whether read and write look through a window.
        read_size, write_size: N of the two windows, N × N filters; without attention they have no part.
        labels: the names of the C classes; none: the network paints without being told what.
        cell: a name of `CELLS`.

    Shapes: pictures (B, 28, 28) of zeros and ones, noise (B, T, Z) from N(0, 1) and, with labels, classes (B, C) as
    one-hot rows give nats (B, 1 + T): −ln p(x | z), then the KL divergence of each step. Their sum is the bound.

    Raises:
        ValueError: a number out of range, an unknown cell.
    """

    def __init__(
        self,
        steps: int = 10,
        latent: int = 20,
        units: int = 256,
        attention: bool = True,
        read_size: int = 8,
        write_size: int = 8,
        labels: Sequence[str] = (),
        cell: str = "lstm",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_choice("cell", cell, CELLS)
        self.labels = [str(label) for label in labels]
        self.settings = {
            "steps": check_count("steps", steps),
            "latent": check_count("latent", latent),
            "units": check_units(units),
            "attention": bool(attention),
            "read_size": check_count("read_size", read_size, 2),
            "write_size": check_count("write_size", write_size, 2),
            "cell": cell,
        }
        self.encoder = CELLS[cell](units, name="encoder")
        self.decoder = CELLS[cell](units, name="decoder")
        self.posterior = keras.layers.Dense(2 * latent, name="posterior")
        self.patch = keras.layers.Dense(write_size**2 if attention else PIXELS, name="patch")
        self.read_window = _placing("read_window", read_size, False) if attention else None
        self.write_window = _placing("write_window", write_size, True) if attention else None
        self._programs: dict[str, Any] = {}

    def build(self, inputs_shape: Any = None) -> None:
        settings, classes = self.settings, len(self.labels)
        units = settings["units"]
        seen = 2 * (settings["read_size"] ** 2 if settings["attention"] else PIXELS)
        self.encoder.build((None, seen + units + classes))
        self.decoder.build((None, settings["latent"] + classes))
        for layer in (self.posterior, self.patch, self.read_window, self.write_window):
            if layer is not None:
                layer.build((None, units))
        self.canvas = self.add_weight(name="canvas", shape=(SIDE, SIDE), initializer=_paper)
        self.built = True

    @property
    def steps(self) -> int:
        """T, the steps of a picture."""
        return self.settings["steps"]

    @property
    def first_canvas(self) -> np.ndarray:
        """σ(c_0), (28, 28): what stands on the canvas before the first step."""
        return ops.convert_to_numpy(ops.sigmoid(ops.cast(self.canvas, "float32")))

    # ---------------------------------------------------------------------------------------- the equations

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Nats (B, 1 + T): −ln p(x | z), and the KL divergence of each step."""
        pictures, noise, *classes = inputs
        x, known, carry = self._start(pictures, classes)
        divergences = []
        for t in range(self.steps):  # one after the other in the program: its gradient is quicker than a loop's
            carry, found = self._look_step(x, known, carry, noise[:, t])
            divergences.append(found["kl"])
        return self._nats(x, carry[-1], divergences)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        return keras.KerasTensor((inputs[0].shape[0], 1 + self.steps), dtype="float32")

    def _nats(self, x: Any, canvas: Any, divergences: list) -> Any:
        logits, x = (ops.cast(a, "float32") for a in (canvas, x))
        wrong = ops.sum(ops.softplus(logits) - x * logits, axis=(1, 2))
        return ops.stack([wrong, *divergences], axis=1)

    def _start(self, x: Any, classes: Sequence[Any]) -> tuple[Any, list, list]:
        """x and the classes in the compute type, and what goes from step to step: states of both cells, the canvas."""
        x, *known = (ops.cast(a, self.compute_dtype) for a in (x, *classes[: bool(self.labels)]))
        rows = ops.shape(x)[0]
        states = [state for cell in (self.encoder, self.decoder) for state in cell.get_initial_state(rows)]
        canvas = ops.broadcast_to(ops.cast(self.canvas, self.compute_dtype), (rows, SIDE, SIDE))
        return x, known, [*states, canvas]

    def _parted(self, carry: list) -> tuple[list, list, Any]:
        """The states of the encoder, those of the decoder, the canvas."""
        own = len(self.encoder.state_sizes)
        return carry[:own], carry[own:-1], carry[-1]

    def _look_step(self, x: Any, known: list, carry: list, noise: Any) -> tuple[list, dict[str, Any]]:
        """One step of painting pictures x (B, 28, 28) from themselves."""
        encoded, decoded, canvas = self._parted(carry)
        h = decoded[0]
        seen, read = self._read(x, x - ops.sigmoid(canvas), h)
        _, encoded = self.encoder(ops.concatenate([seen, h, *known], axis=-1), encoded)
        mean, log_sigma = ops.split(self.posterior(encoded[0]), 2, axis=-1)
        z = mean + ops.exp(log_sigma) * ops.cast(noise, self.compute_dtype)
        carry, found = self._paint_step(known, [*encoded, *decoded, canvas], z)
        found |= {"kl": divergence(mean, log_sigma), "z": z}
        return carry, found if read is None else found | {"read": ops.stack(list(read), axis=-1)}

    def _read(self, x: Any, error: Any, h: Any) -> tuple[Any, Window | None]:
        """What the encoder sees of x and x̂, (B, 2N²) or (B, 2·784), and through which window."""
        if self.read_window is None:
            return ops.reshape(ops.stack([x, error], axis=1), (-1, 2 * PIXELS)), None
        size = self.settings["read_size"]
        where = window(self.read_window(h), SIDE, SIDE, size)
        bank = filterbank(where, SIDE, SIDE, size)
        both = ops.concatenate([bank.read(x), bank.read(error)], axis=1)
        return ops.reshape(both, (-1, 2 * size**2)), where

    def _paint_step(self, known: list, carry: list, z: Any) -> tuple[list, dict[str, Any]]:
        """One step of painting from z (B, Z): what goes on, the canvas and the window that was written through."""
        encoded, decoded, canvas = self._parted(carry)
        _, decoded = self.decoder(ops.concatenate([ops.cast(z, self.compute_dtype), *known], axis=-1), decoded)
        h, size = decoded[0], self.settings["write_size"]
        if self.write_window is None:
            canvas = canvas + ops.reshape(self.patch(h), (-1, SIDE, SIDE))
            return [*encoded, *decoded, canvas], {"canvas": canvas}
        where = window(self.write_window(h), SIDE, SIDE, size)
        patch = ops.reshape(self.patch(h), (-1, size, size))
        canvas = canvas + filterbank(where, SIDE, SIDE, size).write(patch)
        return [*encoded, *decoded, canvas], {"canvas": canvas, "write": ops.stack(list(where), axis=-1)}

    # ---------------------------------------------------------------------------------------------- drawing

    def draw(self, count: int = 1, seed: int = 0, temperature: float = 1.0, label: str | int | None = None) -> Drawing:
        """New pictures: z_t ~ N(0, temperature²) at every step.

        Args:
            count: N.
            seed: of the z's, and of the classes where no label is given. Picture n of a seed does not depend on N.
            temperature: 1 is how the network was trained; 0 draws what it holds for the middle of all z's.
            label: the class, for a model that was trained with classes; None: one by chance for each picture.

        Raises:
            ValueError: a number out of range, a label that the model does not know.
        """
        check_count("count", count)
        check_count("seed", seed, 0)
        if not (is_number(temperature) and 0 <= temperature < float("inf")):
            raise ValueError(f"temperature is {temperature!r}; expected a number, 0 or more.")
        draws = [np.random.default_rng([seed, n]) for n in range(count)]
        latents = np.stack([draw.standard_normal((self.steps, self.settings["latent"])) for draw in draws])
        chosen = [self._label(label)] * count
        if label is None and self.labels:
            chosen = [self.labels[draw.integers(len(self.labels))] for draw in draws]
        return self.paint(temperature * latents, chosen)

    def paint(self, latents: Any, labels: Sequence[str | int | None] | None = None) -> Drawing:
        """What the network paints from given z's.

        Args:
            latents: (N, T, Z).
            labels: the class of each picture, for a model with classes.

        Raises:
            ValueError: z's of another shape or no numbers, or labels that the model does not know.
        """
        latents = np.asarray(latents, dtype="float32")
        expected = (self.steps, self.settings["latent"])
        if latents.ndim != 3 or latents.shape[1:] != expected or not len(latents) or not np.isfinite(latents).all():
            raise ValueError(f"latents: got the shape {latents.shape}; expected finite numbers (N, {expected})")
        names = [self._label(label) for label in (labels if labels is not None else [None] * len(latents))]
        found = self._in_batches("paint", [latents, *self._rows(names, len(latents))])
        canvases, write = found["canvas"], found.get("write")
        return Drawing(canvases, self.first_canvas, latents, names, _window(write))

    def interpolate(self, first: Any, second: Any, count: int = 8, label: str | int | None = None) -> Drawing:
        """Pictures between two: their z's lie on the arc between `first` and `second`, at equal angles.

        On a straight line the middle would lie nearer to 0 than z's from N(0, 1) do; on the arc it does not.

        Args:
            first, second: z's, (T, Z) each, such as `Drawing.latents[0]`.
            count: so many pictures, both ends included, 2 or more.
            label: the class, as for `draw`; it is the same for all.
        """
        check_count("count", count, 2)
        ends = [np.asarray(end, dtype="float64") for end in (first, second)]
        if ends[0].shape != ends[1].shape:
            raise ValueError(f"first is {ends[0].shape}, second {ends[1].shape}; expected z's of one shape, (T, Z).")
        latents = np.stack([arc(*ends, share) for share in np.linspace(0, 1, count)])
        return self.paint(latents, [label] * count)

    def reconstruct(self, picture: Any, label: str | int | None = None, seed: int = 0) -> Drawing:
        """Paint a picture from itself: one row, with the windows that read and those that wrote, and the nats.

        Args:
            picture: what `rnn_models.open_picture` takes, or an array (28, 28) of floats from 0 (paper) to 1 (ink).
            label: the class; None: the one under which the picture has the fewest nats.
            seed: of the noise in the z's.

        Raises:
            ValueError: no picture, or one without ink; a label that the model does not know.
        """
        x = (digit_picture(picture) >= INK).astype("float32")[None]
        return self._best(x, self._candidates(label), np.random.default_rng(seed))

    def complete(
        self, picture: Any, seen: Any, label: str | int | None = None, rounds: int = 20, seed: int = 0
    ) -> Drawing:
        """A whole digit for one of which only a part is seen: one row, painted in the last round.

        What is not seen begins as paper. In each round the picture is read and painted anew, and what was painted is
        put where nothing is seen, pixel by pixel ink or paper by its probability (Rezende et al. 2014,
        arXiv:1401.4082, appendix F). Were q(z | x) exact, this chain would come to samples of p(unseen | seen); it is
        not, so they are near to it only. Without a label each class has a chain of its own, and the class whose last
        picture has the fewest nats is taken.

        Args:
            picture: as for `reconstruct`.
            seen: (28, 28) of bool: which pixels are given.
            rounds: of reading and painting.
            Others as for `reconstruct`.

        Raises:
            ValueError: as `reconstruct`; nothing seen, or another shape of it.
        """
        check_count("rounds", rounds)
        seen = np.asarray(seen)
        if seen.shape != (SIDE, SIDE) or seen.dtype != bool or not seen.any():
            raise ValueError(f"seen: got {seen.dtype} {seen.shape}; expected bool (28, 28) with at least one True.")
        given = (digit_picture(picture) >= INK) & seen
        names, draw = self._candidates(label), np.random.default_rng(seed)
        x = np.repeat(given[None], len(names), axis=0).astype("float32")
        for _ in range(rounds - 1):
            canvas = self._looked(x, names, draw).canvases[:, -1]
            x = np.where(seen, given, draw.random(x.shape) < canvas).astype("float32")
        return self._best(x, names, draw)

    def bounds(self, pictures: Any, noise: Any, classes: Any = None) -> np.ndarray:
        """`call` for given noise, compiled: nats (B, 1 + T). Batches of one size make one program."""
        program = self._program("bounds", lambda *inputs: self._looking(*inputs)["nats"])
        inputs = [pictures, noise] if classes is None else [pictures, noise, classes]
        return ops.convert_to_numpy(program(*map(ops.convert_to_tensor, inputs)))

    # ------------------------------------------------------------------------------------------- its parts

    def _candidates(self, label: str | int | None) -> list[str | None]:
        return list(self.labels) if label is None and self.labels else [self._label(label)]

    def _best(self, x: np.ndarray, names: list[str | None], draw: np.random.Generator) -> Drawing:
        """Of what the pictures (1 or N, 28, 28) are painted as, the one with the fewest nats."""
        found = self._looked(np.repeat(x, len(names) // len(x), axis=0), names, draw)
        best = int(found.nats.sum(axis=1).argmin())
        own = slice(best, best + 1)

        def cut(where: Window | None) -> Window | None:
            return None if where is None else Window(*(values[own] for values in where))

        reads, writes, nats = cut(found.reads), cut(found.writes), found.nats[own]
        return Drawing(found.canvases[own], found.first, found.latents[own], [names[best]], writes, reads, nats)

    def _looked(self, x: np.ndarray, names: list[str | None], draw: np.random.Generator) -> Drawing:
        """Pictures (N, 28, 28) of zeros and ones, painted from themselves, all with the same noise."""
        noise = draw.standard_normal((1, self.steps, self.settings["latent"]), dtype="float32")
        noise = np.repeat(noise, len(x), axis=0)
        found = self._in_batches("look", [x, noise, *self._rows(names, len(x))])
        windows = (_window(found.get(name)) for name in ("write", "read"))
        return Drawing(found["canvas"], self.first_canvas, found["z"], list(names), *windows, found["nats"])

    def _label(self, label: str | int | None) -> str | None:
        if label is None:
            return None
        if not self.labels:
            raise ValueError(f"label is {label!r}; this model was trained without classes. Leave the label out.")
        return check_choice("label", str(label), self.labels)

    def _rows(self, names: list[str | None], count: int) -> list[np.ndarray]:
        """The classes as one-hot rows, in a list that is empty for a model without."""
        if len(names) != count:
            raise ValueError(f"There are {len(names)} labels for {count} pictures; expected one for each.")
        if not self.labels:
            return []
        if None in names:
            raise ValueError(f"labels: got None; this model paints one of {', '.join(self.labels)}. Say which.")
        return [np.eye(len(self.labels), dtype="float32")[[self.labels.index(name) for name in names]]]

    def _in_batches(self, kind: str, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        """What a program gives for rows of any number; it runs with one row or with `_BATCH`."""
        program = self._program(kind, {"paint": self._painting, "look": self._looking}[kind])
        parts = []
        for start in range(0, len(arrays[0]), _BATCH):
            part = [array[start : start + _BATCH] for array in arrays]
            count = len(part[0])
            padded = [np.resize(array, (1 if count == 1 else _BATCH, *array.shape[1:])) for array in part]
            found = program(*map(ops.convert_to_tensor, padded))
            parts.append({name: ops.convert_to_numpy(value)[:count] for name, value in found.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _program(self, kind: str, function: Any) -> Any:
        if kind not in self._programs:
            self._programs[kind] = compiled(function, [self])
        return self._programs[kind]

    def _painting(self, latents: Any, *classes: Any) -> dict[str, Any]:
        rows = ops.zeros((latents.shape[0], 1, 1))  # there is no picture
        _, known, carry = self._start(rows, classes)
        return self._over_time(lambda carry, z: self._paint_step(known, carry, z), carry, latents)[1]

    def _looking(self, pictures: Any, noise: Any, *classes: Any) -> dict[str, Any]:
        x, known, carry = self._start(pictures, classes)
        carry, found = self._over_time(lambda carry, e: self._look_step(x, known, carry, e), carry, noise)
        return found | {"nats": self._nats(x, carry[-1], [found["kl"][:, t] for t in range(self.steps)])}

    def _over_time(self, step: Any, carry: list, rows: Any) -> tuple[list, dict[str, Any]]:
        """`step` over (B, T, Z) as a loop, which compiles soon: all as (B, T, ...) float32, σ of the canvas."""
        names: list[str] = []

        def flat(carry: list, now: list) -> tuple[list, list]:
            carry, found = step(carry, now[0])
            names[:] = found
            return carry, [ops.cast(found[name], "float32") for name in names]

        carry, stacked = scan(flat, carry, [ops.swapaxes(rows, 0, 1)])
        found = {name: ops.swapaxes(values, 0, 1) for name, values in zip(names, stacked, strict=True)}
        return carry, found | {"canvas": ops.sigmoid(found["canvas"])}

    def get_config(self) -> dict:
        return {**super().get_config(), "labels": self.labels, **self.settings}


def _window(numbers: np.ndarray | None) -> Window | None:
    return None if numbers is None else Window(*(numbers[..., n] for n in range(NUMBERS)))


def arc(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """The point at `share` of the angle from `first` to `second`, both read as one long vector.

        (sin((1 − s) θ) first + sin(s θ) second) / sin θ,    θ the angle between them

    Where they point the same or the opposite way, it is the straight line between them.
    """
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    angle = np.arccos(np.clip((first * second).sum() / lengths, -1, 1)) if lengths else 0.0
    if np.sin(angle) < 1e-6:
        return (1 - share) * first + share * second
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * second) / np.sin(angle)


def _paper(shape: tuple, dtype: Any = None) -> Any:
    """The first canvas before training: about as much ink as digits have, σ(−2) = .12."""
    return ops.full(shape, -2.0, dtype=dtype)


def _placing(name: str, size: int, writes: bool) -> keras.layers.Dense:
    """The layer that places a window. Before training it covers the picture, and its filters overlap: σ = .4 δ.

    A row of F then has the peak 1/(σ √2π), and what is written the height w / (2πσ² γ): γ begins as 1/(2πσ²), so that a
    patch is written as strongly as it is. With γ = 1 it would be hardly seen, and learning would begin slowly.
    """
    sigma = 0.4 * (SIDE - 1) / (size - 1)
    gamma = 1 / (2 * np.pi * sigma**2) if writes else np.e
    numbers = [0.0, 0.0, 2 * float(np.log(sigma)), 0.0, float(np.log(gamma))]

    def begin(shape: tuple, dtype: Any = None) -> Any:
        return ops.convert_to_tensor(numbers, dtype=dtype)

    return keras.layers.Dense(NUMBERS, bias_initializer=begin, name=name)


def divergence(mean: Any, log_sigma: Any) -> Any:
    """KL(N(μ, σ²) ‖ N(0, 1)) in nats, summed over the last axis: ½ Σ (μ² + σ² − ln σ² − 1)."""
    mean, log_sigma = ops.cast(mean, "float32"), ops.cast(log_sigma, "float32")
    return 0.5 * ops.sum(mean * mean + ops.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=-1)
