"""Options that every training script shares, and what is built from them."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rnn_models.cell_names import NO_RECURRENT_PRODUCT

if TYPE_CHECKING:
    import keras

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]


@dataclass
class FitOptions:
    """How a model is fitted. A training script's own options are a subclass of this."""

    epochs: int = 20
    """Passes over the training data."""
    batch_size: int = 64
    """B, rows in a batch."""
    learning_rate: float = 2e-3
    """The highest learning rate."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """cosine: a linear warm-up, then half a cosine down to zero at the end of the run."""
    warmup: float = 0.02
    """The share of the run's steps for the warm-up."""
    weight_decay: float = 0.0
    """AdamW's decoupled weight decay; biases and gains are left out."""
    clip_norm: float = 1.0
    """The gradient's norm over all parameters is clipped to this."""
    patience: int = 0
    """Stop after this many epochs without a better validation loss; 0: never."""
    mixed_precision: Precision = "float32"
    """The type in which layers compute. Weights stay float32."""
    seed: int = 0
    """Seed of the initial weights, dropout and the order of the data."""
    run_dir: Path | None = None
    """The run's folder (configuration, log, curve, samples, checkpoints). Default: runs/TASK/NAME-DATE."""
    repeats: int = 1
    """Train with so many seeds, from --seed on: all scores are reported, the best on validation is kept."""
    export: Path | None = None
    """Write the best weights as a bundle to this folder, for example pretrained/TASK/NAME."""
    gradients: bool = False
    """After each epoch write how large the gradients of the recurrent states are: gradients.csv and gradients.png."""
    resume: bool = False
    """Go on with the run in --run-dir from its last checkpoint, with its configuration."""
    distribute: bool = False
    """Train on all devices of this machine (JAX, TensorFlow); with --coordinator on several hosts (JAX)."""
    coordinator: str | None = None
    """Several hosts: HOST:PORT of process 0. Start the same command once a process."""
    processes: int = 1
    """Several hosts: how many processes there are."""
    process_index: int = 0
    """Several hosts: the number of this process, from 0."""

    @property
    def name(self) -> str:
        """The data set's name, for folders."""
        raise NotImplementedError

    @property
    def least_epochs(self) -> int:
        """The fewest epochs that make sense."""
        return 1

    def later_seed(self, seed: int) -> "FitOptions":
        """The options of the second or a later seed; its folder lies below the first one's."""
        return dataclasses.replace(self, seed=seed, run_dir=self.run_dir / f"seed-{seed}")

    def check(self) -> None:
        """Raise ValueError for a value out of range; says which option, what was given, what is expected."""
        require(self.epochs >= self.least_epochs, "--epochs", self.epochs, f"at least {self.least_epochs}")
        require_counts(self, "batch_size", "repeats")
        require(self.learning_rate > 0, "--learning-rate", self.learning_rate, "more than 0")
        require(0 <= self.warmup < 1, "--warmup", self.warmup, "a share: 0 ≤ warmup < 1")
        require(self.weight_decay >= 0, "--weight-decay", self.weight_decay, "0 or more")
        require(self.clip_norm > 0, "--clip-norm", self.clip_norm, "more than 0")
        require(self.patience >= 0, "--patience", self.patience, "0 (never stop early) or more")
        require(self.seed >= 0, "--seed", self.seed, "0 or more")
        require(self.processes >= 1, "--processes", self.processes, "at least 1")
        index_right = 0 <= self.process_index < self.processes
        require(index_right, "--process-index", self.process_index, f"0 ... {self.processes - 1}")
        alone_there = "one device: leave out --distribute, or --gradients"
        require(not (self.gradients and self.distribute), "--gradients", True, alone_there)
        require(not self.resume or self.run_dir is not None, "--resume", True, "--run-dir FOLDER beside it")
        alone = self.coordinator is None and self.processes == 1
        whole = self.coordinator is not None and self.processes > 1 and self.distribute
        expected = "--distribute --coordinator HOST:PORT --processes N --process-index I all together"
        require(alone or whole, "--coordinator", self.coordinator, expected)


FREE_OPTIONS = {"run_dir", "resume", "coordinator", "processes", "process_index", "baseline", "export", "repeats"}
FREE_OPTIONS |= {"gradients"}
"""Options that do not change what one seed computes: a resumed run may have others than it began with."""


def require(condition: bool, option: str, given: Any, expected: str) -> None:
    """Raise ValueError for an option unless `condition` holds."""
    if not condition:
        raise ValueError(f"{option}: got {given!r}, expected {expected}.")


def require_counts(options: FitOptions, *names: str, least: int = 1) -> None:
    """Raise ValueError unless each of these options is at least `least`."""
    for name in names:
        value = getattr(options, name)
        require(value >= least, f"--{name.replace('_', '-')}", value, f"at least {least}")


def require_shares(options: FitOptions, *names: str) -> None:
    """Raise ValueError unless each of these options is a share, 0 ≤ rate < 1."""
    for name in names:
        value = getattr(options, name)
        require(0 <= value < 1, f"--{name.replace('_', '-')}", value, "a share: 0 ≤ rate < 1")


def require_recurrent_dropout(options: Any) -> None:
    """Raise ValueError for recurrent dropout where --cell has no place for it."""
    expected = f"0 with --cell {options.cell}, which has no product of the state with a matrix"
    without = options.cell in NO_RECURRENT_PRODUCT
    require(not (without and options.recurrent_dropout), "--recurrent-dropout", options.recurrent_dropout, expected)


def begin(options: FitOptions) -> None:
    """Set the seed and the precision; call it before anything is built."""
    import keras

    keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.mixed_precision)


def make_optimizer(options: FitOptions, total_steps: int, clip_shares: int = 1) -> "keras.optimizers.Optimizer":
    """AdamW with clipping by the global norm and the chosen learning-rate schedule over `total_steps`.

    `clip_shares`: on TensorFlow each replica clips its own share of the gradient before the shares are added
    up; each is then allowed an equal share of the norm, so that the sum stays within --clip-norm.
    """
    import keras

    rate: Any = options.learning_rate
    if options.schedule == "cosine":
        warmup = int(total_steps * options.warmup)
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0 if warmup else options.learning_rate,
            decay_steps=max(1, total_steps - warmup),
            alpha=0.0,
            warmup_target=options.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    clip = options.clip_norm / clip_shares
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay, global_clipnorm=clip)
    if options.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def config_dict(options: FitOptions) -> dict[str, Any]:
    """The options as JSON-safe values."""
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in dataclasses.asdict(options).items()
    }


def usual_config(options: FitOptions) -> dict[str, Any]:
    """What the options of this kind are unless they are given, as JSON-safe values."""
    return config_dict(type(options)())
