"""What a recurrent cell is: the base class, and the weights as a step reads them.

A cell is split where time splits it. `project(x)` is what does not depend on the state and can be done for
all steps at once; `step(projected, states)` is what does. `call(x_t, states) = step(project(x_t), states)`,
so every cell also works inside `keras.layers.RNN`.

Letters: B batch, T time, D input width, H units; ⊙ is the elementwise product, σ the logistic function.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
from keras import constraints, initializers, ops, regularizers

from rnn_models.backend import by_rows
from rnn_models.checks import check_rate, check_units
from rnn_models.layers.checks import check_width

try:  # Keras asks a cell for one dropout mask a sequence only if the cell carries this (unexported) mixin
    from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell
except ImportError:

    class DropoutRNNCell:
        """The masks of a cell that no layer of Keras asks for them: drawn afresh at every call."""

        def get_dropout_mask(self, step_input: Any) -> Any:
            return keras.random.dropout(ops.ones_like(step_input), self.dropout, seed=self.seed_generator)

        def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
            return keras.random.dropout(ops.ones_like(step_input), self.recurrent_dropout, seed=self.seed_generator)


PACKAGE = "rnn_models"
Array = Any


class Weights:
    """The weights of a cell as a step reads them: `w.NAME` for an elementwise one, `w.product` for a matrix.

    Args:
        values: the weights by name; None for one that is not there.
        units: H, the width of a block of columns.
        columns: the blocks (first, last) of U that are asked for. They are cut here, before the loop: a cut inside
            copies at every step.
        mask: (B, ·), multiplies h_{t-1} on its way into the product with U.
        normalise: layer normalisation of the products with U, `(product, gain) -> product`.
        matrices: the weights as products take them, where they are others than `values`.

    `read` are the names of the weights that were read as they are.
    """

    def __init__(
        self,
        values: dict[str, Array | None],
        units: int,
        columns: tuple = ((0, None),),
        mask: Array | None = None,
        normalise: Callable | None = None,
        matrices: dict[str, Array | None] | None = None,
    ):
        self.values, self.units, self.mask, self.normalise = values, units, mask, normalise
        self.matrices = values if matrices is None else matrices
        self.read: set[str] = set()
        self.parts = {block: self._cut(self.matrices.get("recurrent_kernel"), *block) for block in columns}

    def __getattr__(self, name: str) -> Array:
        values = self.__dict__.get("values", {})
        if name not in values:
            raise AttributeError(f"the cell has no weight {name!r}; see its `weight_shapes`")
        self.read.add(name)
        return values[name]

    def product(self, h: Array, first: int = 0, last: int | None = None, of: str = "recurrent_kernel") -> Array:
        """h U + b', or the blocks `first` to `last` of it; with `of` the product with another matrix, h W."""
        recurrent = of == "recurrent_kernel"
        if recurrent and self.mask is not None:
            h = h * self.mask
        matrix = self.parts.get((first, last)) if recurrent else None
        matrix = self._cut(self.matrices[of], first, last) if matrix is None else matrix
        result = self.multiply(h, matrix, (of, first, last))
        if not recurrent:
            return result
        if self.normalise is not None:
            result = self.normalise(result, self._cut(self.recurrent_gain, first, last))
        bias = self.values.get("recurrent_bias")
        return result if bias is None else result + self._cut(self.recurrent_bias, first, last)

    def multiply(self, h: Array, matrix: Array, key: tuple) -> Array:
        """The product itself; `key` says of which weight and which blocks."""
        return ops.matmul(h, matrix)

    def _cut(self, value: Array | None, first: int, last: int | None) -> Array | None:
        if value is None or (first == 0 and last is None):
            return value
        return value[..., first * self.units : None if last is None else last * self.units]


class RecurrentCell(DropoutRNNCell, keras.layers.Layer):
    """The base of all cells. A cell owns all that is its own, in one class:

        blocks, state_count    how many gates, and states of H units; or, where that does not say it,
        weight_shapes(D)       its weights, each by name with its shape
        state_sizes            the width of each state; the first is the output
        advance                its equations
        backward               its derivative, one step back, written by hand; without it the loop is differentiated
                               step by step (`rnn_models.layers.backpropagation`)
        all_steps              all steps at once, for a recurrence that is linear in its state
        recurrent_product      whether there is a product h U; without it no recurrent dropout, no layer normalisation
        keep_gate              which of the arrays that `advance` saves says how much of the state is kept, if one does
        free_states            whether any numbers may be its first states, so that a network may learn to give them
        short_name             what command lines and models call it
        keras_layer, torch_kernel    its counterparts, by name, with the order of their gates

    Weights of the usual cell: `kernel` W (D, blocks·H), `recurrent_kernel` U (H, blocks·H), `bias` b.

    Args:
        units: H, the width of the hidden state.
        use_bias: whether there is a b.
        dropout: rate of input dropout, drawn once for a sequence and constant over its time.
        recurrent_dropout: rate of dropout on h_{t-1} where it enters the matrix product, likewise drawn
            once for a sequence (variational dropout, Gal and Ghahramani 2016, arXiv:1512.05287).
        layer_norm: normalise each gate's two products over the units, with a gain (Ba et al. 2016,
            arXiv:1607.06450); the bias stands after the sum.
        kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint: as in Keras.
        seed: of the dropout masks.

    Raises:
        ValueError: units that are no positive integer, a rate outside [0, 1), an input of another width, an option
            that this cell has no place for.
    """

    short_name: ClassVar[str] = ""
    blocks: ClassVar[int] = 1
    state_count: ClassVar[int] = 1
    keras_layer: ClassVar[str | None] = None
    keras_order: ClassVar[tuple[int, ...]] = (0,)
    torch_order: ClassVar[tuple[int, ...]] = (0,)
    backward: ClassVar[Callable | None] = None
    all_steps: ClassVar[Callable | None] = None
    recurrent_product: ClassVar[bool] = True
    keep_gate: ClassVar[int | None] = None
    free_states: ClassVar[bool] = True

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        layer_norm: bool = False,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = check_units(units)
        self.use_bias = bool(use_bias)
        self.dropout = check_rate("dropout", dropout)
        self.recurrent_dropout = check_rate("recurrent_dropout", recurrent_dropout)
        self.layer_norm = bool(layer_norm)
        if not self.recurrent_product and (self.layer_norm or self.recurrent_dropout):
            raise ValueError(
                f"{type(self).__name__} has no product of h_{{t-1}} with a matrix: there is nothing for "
                "recurrent_dropout to drop, nor for layer_norm to normalise. Leave both out, or use dropout."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    # ----------------------------------------------------------------------------------------- weights and states

    @property
    def state_sizes(self) -> list:
        """The width of each state, the output's first; a tuple for a state of more axes, such as a matrix."""
        return [self.units] * self.state_count

    @property
    def state_size(self) -> Any:
        """`state_sizes` in the form that `keras.layers.RNN` reads."""
        sizes = self.state_sizes
        return sizes[0] if len(sizes) == 1 else sizes

    @property
    def output_size(self) -> int:
        """The width of the output, that of the first state."""
        return self.state_sizes[0]

    def weight_shapes(self, input_width: int) -> dict[str, tuple[int, ...]]:
        """The cell's weights by name, each with its shape. "recurrent_" is initialised, regularised and constrained
        like U, "bias" like b, "kernel" like W; any other begins as zeros (`initializer_of`)."""
        width = self.blocks * self.units
        shapes = {"kernel": (input_width, width), "recurrent_kernel": (self.units, width)}
        return shapes | {"bias": self.bias_shape} if self.use_bias else shapes

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias, (blocks·H,)."""
        return (self.blocks * self.units,)

    def build(self, input_shape: tuple, states_shape: Any = None) -> None:
        self.bias = None
        shapes = self.weight_shapes(input_shape[-1])
        for name, shape in shapes.items():
            kind = next((kind for kind in ("recurrent", "kernel", "bias") if name.startswith(kind)), None)
            weight = self.add_weight(
                name=name,
                shape=shape,
                initializer=self.initializer_of(name),
                regularizer=kind and getattr(self, f"{kind}_regularizer"),
                constraint=kind and getattr(self, f"{kind}_constraint"),
                autocast=False,  # every use casts; the gradients of long sequences are summed in float32
            )
            setattr(self, name, weight)
        if self.layer_norm:
            for name, matrix in (("input_gain", "kernel"), ("recurrent_gain", "recurrent_kernel")):
                setattr(
                    self, name, self.add_weight(name=name, shape=shapes[matrix][1:], initializer="ones", autocast=False)
                )
        self.built = True

    def initializer_of(self, name: str) -> Any:
        """How a weight of `weight_shapes` begins."""
        if name.startswith("recurrent"):
            return self.recurrent_initializer
        if name.startswith("kernel"):
            return self.kernel_initializer
        return self.first_bias if name == "bias" else "zeros"

    def first_bias(self, shape: tuple, dtype: Any = None) -> Any:
        """The bias before training."""
        return self.bias_initializer(shape, dtype=dtype)

    def get_initial_state(self, batch_size: Any = None) -> list:
        """States of zeros, each (B, its size)."""
        shapes = [(size,) if isinstance(size, int) else tuple(size) for size in self.state_sizes]
        return [ops.zeros((batch_size, *shape), dtype=self.compute_dtype) for shape in shapes]

    @property
    def input_bias(self) -> Any:
        """The bias that is added to the input's product, or None."""
        return self.bias

    @property
    def recurrent_bias(self) -> Any:
        """The bias that is added to the state's product, or None."""
        return None

    def raw_step_weights(self) -> dict[str, Any]:
        """What a step reads besides the projected input, by name; b' is None where there is none.

        In it are all weights of `weight_shapes` but "kernel" and "bias", b' as "recurrent_bias", and the gain.
        """
        names = [name for name in self.weight_shapes(1) if name not in ("kernel", "bias")]
        names += ["recurrent_gain"] if self.layer_norm else []
        return {name: getattr(self, name) for name in names} | {"recurrent_bias": self.recurrent_bias}

    def step_weights(self) -> dict[str, Any]:
        """`raw_step_weights` in the compute dtype."""
        dtype = self.compute_dtype
        return {name: None if w is None else ops.cast(w, dtype) for name, w in self.raw_step_weights().items()}

    # ----------------------------------------------------------------------------------------- one step

    def project(self, x: Any) -> Any:
        """x W + b, the part of the gates that needs no state. x (..., D) gives (..., blocks·H)."""
        return self.with_bias(self.input_product(x))

    def input_product(self, x: Any) -> Any:
        """x W, normalised where the cell is."""
        check_width(self, x, self.kernel.shape[0])
        kernel = ops.cast(self.kernel, self.compute_dtype)
        product = by_rows(lambda rows: ops.matmul(rows, kernel), x)
        return self._normalise(product, ops.cast(self.input_gain, self.compute_dtype)) if self.layer_norm else product

    def with_bias(self, product: Any) -> Any:
        """`product` + b."""
        return product if self.input_bias is None else product + ops.cast(self.input_bias, self.compute_dtype)

    def step(self, projected: Any, states: list, recurrent_mask: Any = None) -> tuple[Any, list]:
        """One step in time from what `project` gave.

        Args:
            projected: (B, blocks·H).
            states: the states before, each (B, H).
            recurrent_mask: (B, H), multiplies h_{t-1} on its way into the matrix product.

        Returns:
            The output h_t (B, H), and the new states.
        """
        normalise = self._normalise if self.layer_norm else None
        weights = Weights(self.step_weights(), self.units, self.columns(self.variant), recurrent_mask, normalise)
        new_states, _ = self.advance(projected, states, weights, self.variant)
        return new_states[0], new_states

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list]:
        """One step: inputs (B, D) and states, each (B, H), give the output (B, H) and the new states."""
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        if training and self.dropout:
            inputs = inputs * self.get_dropout_mask(inputs)
        mask = self.get_recurrent_dropout_mask(states[0]) if training and self.recurrent_dropout else None
        return self.step(self.project(inputs), states, mask)

    @property
    def variant(self) -> str:
        """Which form of the equations `advance` follows, where there is more than one."""
        return ""

    @property
    def torch_kernel(self) -> str | None:
        """The name of the kernel of `torch` that computes this recurrence, or None."""
        return None

    @staticmethod
    def columns(variant: str) -> tuple:
        """The blocks (first, last) of U with which `advance` asks for products; all of it at once by default."""
        return ((0, None),)

    @staticmethod
    def advance(projected: Any, states: list, w: Weights, variant: str) -> tuple[list, list]:
        """The cell's equations: `(new states, what `backward` and `keep_gate` need)`; `w.product(h)` is h U + b'.

        A pure function of its arguments: it is compiled apart from the cell.
        """
        raise NotImplementedError("a recurrent cell gives its equations in `advance`")

    @staticmethod
    def recurrent_gradients(
        d_projected: Any, d_products: list, read: Any, saved: list, mask: Any | None, variant: str
    ) -> tuple[Any, Any | None]:
        """∂L/∂U and ∂L/∂b' of all steps at once, for a cell with a `backward`.

        Args:
            d_projected, d_products: what `backward` gave, for all steps, (T·B, ·) each.
            read: h_{t-1} as the product read it, (T, B, H).
            saved: what `advance` saved, (T, B, ·) each.
            mask: (B, H) of recurrent dropout, or None.
        """
        return ops.matmul(ops.transpose(flat(read)), d_projected), None

    def _normalise(self, products: Any, gain: Any) -> Any:
        """Zero mean and unit variance over the units of every gate, then the gain."""
        return normalise(products, gain, self.units)

    def get_config(self) -> dict:
        parts = ("kernel", "recurrent", "bias")
        return {
            **super().get_config(),
            "units": self.units,
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "layer_norm": self.layer_norm,
            **{f"{p}_initializer": initializers.serialize(getattr(self, f"{p}_initializer")) for p in parts},
            **{f"{p}_regularizer": regularizers.serialize(getattr(self, f"{p}_regularizer")) for p in parts},
            **{f"{p}_constraint": constraints.serialize(getattr(self, f"{p}_constraint")) for p in parts},
            "seed": self.seed,
        }


def normalise(products: Array, gain: Array, units: int) -> Array:
    """Zero mean and unit variance over the units of every gate, then the gain; in float32 where it is half as wide."""
    shape, dtype = ops.shape(products), products.dtype
    z = ops.reshape(products, (*shape[:-1], products.shape[-1] // units, units))
    half = keras.backend.standardize_dtype(dtype) in ("float16", "bfloat16")
    z = ops.cast(z, "float32") if half else z
    mean, variance = ops.moments(z, axes=-1, keepdims=True)
    z = ops.reshape((z - mean) * ops.rsqrt(variance + 1e-5), shape)
    return ops.cast(z, dtype) * gain


def flat(x: Array) -> Array:
    """(T, B, ·) to (T·B, ·)."""
    return ops.reshape(x, (-1, x.shape[-1]))
