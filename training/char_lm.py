"""Train and evaluate a character-level language model.

python -m training.char_lm train --dataset shakespeare
python -m training.char_lm evaluate pretrained/char_lm/shakespeare --dataset shakespeare
"""

import dataclasses
import os
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from training import distribution
from training.options import FitOptions, begin, config_dict, make_optimizer, require

if TYPE_CHECKING:
    import keras

    from rnn_models.tasks.char_lm import CharLM
    from rnn_models.text import CharVocabulary
    from training.data import Corpus
    from training.runs import Run

Dataset = Literal["hello", "shakespeare", "warpeace", "linux", "python", "nsmc"]


@dataclass
class Train(FitOptions):
    """Train a character model on a corpus or on your own text."""

    dataset: Dataset = "shakespeare"
    """The corpus. python: this Python's own standard library; hello and python need no network."""
    file: Path | None = None
    """Your own text instead (UTF-8): first 90 % train, then 5 % validation, 5 % test."""
    cell: Literal["lstm", "gru", "vanilla"] = "lstm"
    """The recurrent cell."""
    units: int = 512
    """H, the width of a layer's state."""
    layers: int = 2
    """How many recurrent layers."""
    embedding: int | None = None
    """The width of the characters' embedding; None: one-hot."""
    dropout: float = 0.0
    """Dropout on the inputs of layers and of the output."""
    recurrent_dropout: float = 0.0
    """Dropout on the state (one mask a sequence)."""
    residual: bool = False
    """Add a layer's input to its output."""
    tied: bool = False
    """Use the embedding's matrix for the output too."""
    normalization: Literal["NFC", "NFD"] | None = None
    """Unicode form of the symbols. NFD writes Hangul in jamo: about 70 symbols for all syllables."""
    min_count: int = 1
    """Characters seen less often in the training text become unknown."""
    batch_size: int = 64
    """B, the number of parallel streams that the text is cut into."""
    steps: int = 128
    """T, the characters of a stream in a batch: how far gradients go back."""
    random_offset: bool = True
    """Move the chunk edges from epoch to epoch."""
    passes: int = 1
    """Passes over the text in what is called an epoch: more than 1 for tiny texts."""
    sample_every: int = 1
    """Print a sample after every so many epochs; 0: never."""
    sample_length: int = 300
    """Characters of a sample."""
    prompt: str = "\n"
    """What a sample begins with."""
    temperature: float = 0.8
    """Temperature of the samples."""
    baseline: bool = True
    """Score an n-gram model on the same split at the end."""
    export: Path | None = None
    """Write the best weights as a bundle to this folder, for example pretrained/char_lm/NAME."""

    def check(self) -> None:
        super().check()
        for name in ("units", "layers", "min_count", "batch_size", "steps", "passes", "sample_length"):
            value = getattr(self, name)
            require(value >= 1, f"--{name.replace('_', '-')}", value, "at least 1")
        for name in ("dropout", "recurrent_dropout"):
            value = getattr(self, name)
            require(0 <= value < 1, f"--{name.replace('_', '-')}", value, "a share: 0 ≤ rate < 1")
        require(self.embedding is None or self.embedding >= 1, "--embedding", self.embedding, "at least 1")
        require(self.sample_every >= 0, "--sample-every", self.sample_every, "0 (never) or more")
        require(self.temperature > 0, "--temperature", self.temperature, "more than 0")

    @property
    def name(self) -> str:
        """The corpus's name, for folders."""
        return self.file.stem if self.file else self.dataset


@dataclass
class Evaluate:
    """Score a bundle as it is loaded: nats and bits per character, perplexity."""

    bundle: tyro.conf.Positional[str]
    """The bundle's folder or name, for example pretrained/char_lm/shakespeare."""
    dataset: Dataset = "shakespeare"
    """The corpus."""
    file: Path | None = None
    """Your own text (UTF-8) instead; the splits are those of training."""
    split: Literal["all", "train", "validation", "test"] = "all"
    """Which part of the corpus; all: validation, and test where there is one."""
    batch_size: int = 1
    """1: one state is carried through the whole text; more: so many streams, quicker, a little worse."""


# What another corpus wants other than the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "hello": {
        "cell": "vanilla",
        "units": 3,
        "layers": 1,
        "batch_size": 1,
        "steps": 4,
        "random_offset": False,
        "epochs": 4,
        "passes": 50,
        "learning_rate": 0.1,
        "sample_every": 4,
        "sample_length": 4,
        "prompt": "h",
        "temperature": 0.1,
        "baseline": False,
    },
    "nsmc": {"normalization": "NFD", "min_count": 20},
    "python": {"min_count": 20},
}

FREE = {"export", "baseline", "sample_every", "sample_length", "prompt", "temperature"}


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's notes about the machine
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        default = _default(arguments)
        command = tyro.cli(
            Annotated[Train, tyro.conf.subcommand("train", default=default)]
            | Annotated[Evaluate, tyro.conf.subcommand("evaluate")],
            prog="python -m training.char_lm",
            description=__doc__,
            args=arguments,
            config=(tyro.conf.OmitArgPrefixes,),
        )
        if isinstance(command, Train):
            command.check()
    except ValueError as error:
        raise SystemExit(f"error: {error}") from error
    (train if isinstance(command, Train) else evaluate)(command)


def _default(arguments: list[str]) -> Train:
    """The options that stand unless given: a resumed run's own, or the corpus's."""
    given = _values(arguments)
    if "--resume" in given and "--run-dir" in given:
        from training.runs import read_config

        stored = read_config(Path(given["--run-dir"]))
        for name in ("file", "export", "run_dir"):
            stored[name] = stored.get(name) and Path(stored[name])
        return Train(**stored)
    return Train() if "--file" in given else defaults(given.get("--dataset", ""))


def defaults(dataset: str) -> Train:
    """The options for a corpus where none are given."""
    preset = PRESETS.get(dataset)
    return Train(dataset=dataset, **preset) if preset else Train()


def command_line(options: Train) -> str:
    """The command that makes the same model: the options that are not the corpus's defaults."""
    usual, words = (
        Train() if options.file else defaults(options.dataset),
        ["python -m training.char_lm train"],
    )
    for field in dataclasses.fields(Train):
        value = getattr(options, field.name)
        flag = field.name.replace("_", "-")
        if field.name in {"resume", "run_dir"} or (value == getattr(usual, field.name) and flag != "dataset"):
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif not (flag == "dataset" and options.file):
            words.append(f"--{flag} {shlex.quote(str(value))}")
    return " ".join(words)


def _values(arguments: list[str]) -> dict[str, str]:
    """--name value and --name=value pairs, before the real parsing."""
    pairs = {}
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = here.partition("=")
        pairs[name.replace("_", "-")] = value if equals else after
    return pairs


def train(options: Train) -> None:
    """Train a model; leaves the run's folder, and a bundle with --export."""
    from training.download import DataError
    from training.runs import DivergedError, Run

    try:
        devices = distribution.set_up(options)
        corpus = _corpus(options.dataset, options.file)
        vocabulary = _vocabulary(options, corpus)
        begin(options)
        if options.run_dir is None:
            options.run_dir = Path("runs/char_lm") / f"{options.name}-{time.strftime('%Y%m%d-%H%M%S')}"
        run = Run(options.run_dir, config_dict(options), options.resume, FREE, devices.writer)
        fitting = Fitting(options, corpus, vocabulary, run, devices)
    except (ValueError, DataError) as error:
        raise SystemExit(f"error: {error}") from error
    try:
        fitting.fit()
    except DivergedError as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit(f"\nInterrupted. Go on with: --run-dir {run.folder} --resume") from None
    if devices.writer:
        fitting.finish(corpus)


def _corpus(dataset: str, file: Path | None) -> "Corpus":
    from training.data import file_corpus, load_corpus

    return file_corpus(file) if file else load_corpus(dataset)


def _vocabulary(options: Train, corpus: "Corpus") -> "CharVocabulary":
    from rnn_models.text import CharVocabulary

    return CharVocabulary.build(
        corpus.train, normalization=options.normalization, min_count=options.min_count
    )


def build_model(options: Train, vocabulary: "CharVocabulary") -> "CharLM":
    """The model of these options, with its weights made."""
    import numpy as np

    from rnn_models.tasks.char_lm import CharLM

    model = CharLM(
        vocabulary,
        cell=options.cell,
        units=options.units,
        layers=options.layers,
        embedding=options.embedding,
        dropout=options.dropout,
        recurrent_dropout=options.recurrent_dropout,
        residual=options.residual,
        tied=options.tied,
    )
    model(np.zeros((1, 1), dtype="int32"))
    return model


class Fitting:
    """Everything that `fit` needs, built; and the fit.

    The model in `fit` is tokens (B, T) and reset (B,) → `TruncatedBPTT(CharLM)` → logits (B, T, V); the loss
    is the cross-entropy in nats, the mean over the characters.
    """

    def __init__(
        self,
        options: Train,
        corpus: "Corpus",
        vocabulary: "CharVocabulary",
        run: "Run",
        devices: distribution.Distribution,
    ):
        import keras

        from training.streams import Streams, validation_streams

        self.options, self.run, self.devices = options, run, devices
        rows = devices.rows(options.batch_size)
        self.streams = Streams(
            vocabulary.encode(corpus.train),
            options.batch_size,
            options.steps,
            seed=options.seed if options.random_offset else None,
            passes=options.passes,
            rows=rows,
        )
        held_out = vocabulary.encode(corpus.validation)
        self.validation = validation_streams(held_out, options.batch_size, options.steps, rows)
        # one device's model, for samples and the final scores
        self.alone = build_model(options, vocabulary) if devices.active else None
        begin(options)
        total = options.epochs * len(self.streams)
        with devices.scope():
            self.model = build_model(options, vocabulary)
            self.trainer = _trainer(self.model, devices.seen(options.batch_size))
            optimizer = make_optimizer(options, total, devices.replicas if devices.local else 1)
            self.trainer.compile(
                optimizer=optimizer,
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            )
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        self.alone = self.alone or self.model
        if options.resume:
            run.restore(self.model, self.trainer.optimizer)

    def fit(self) -> None:
        """Run the epochs that are left."""
        from training.runs import Recorder
        from training.streams import EpochOffset

        state = self.run.state
        if state.stopped or state.epoch >= self.options.epochs:
            return
        self.run.begin()
        if self.devices.writer:
            print(_headline(self.options, self.model, self.streams), flush=True)
        recorder = Recorder(self.run, self.model, "val_loss", self.options.patience, self._sample)
        with self.devices.scope():
            self.trainer.fit(
                self.streams,
                validation_data=self.validation,
                epochs=self.options.epochs,
                initial_epoch=state.epoch,
                shuffle=False,  # the order of the batches is the order of the text
                callbacks=[EpochOffset(self.streams), recorder],
                verbose=0 if not self.devices.writer else 1 if sys.stdout.isatty() else 2,
            )

    def finish(self, corpus: "Corpus") -> None:
        """The best weights' scores over the whole held-out text, and the bundle."""
        from training.lm_scores import finish

        self.run.load_best(self.alone)
        finish(self.options, corpus, self.alone, self.run)

    def _sample(self, epoch: int) -> str | None:
        options = self.options
        if not options.sample_every or epoch % options.sample_every or not self.devices.writer:
            return None
        if self.alone is not self.model:
            self.alone.set_weights(self.model.get_weights())
        continuation = self.alone.generate(
            options.prompt,
            length=options.sample_length,
            temperature=options.temperature,
            seed=options.seed + epoch,
        )
        return options.prompt + continuation


def _trainer(model: "CharLM", batch_size: int) -> "keras.Model":
    import keras

    from rnn_models.layers import TruncatedBPTT

    tokens = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="tokens")
    reset = keras.Input(batch_shape=(batch_size,), dtype="int32", name="reset")
    logits = TruncatedBPTT(model, batch_size)(tokens, reset=reset)
    return keras.Model({"tokens": tokens, "reset": reset}, logits)


def _headline(options: Train, model: "CharLM", streams: Any) -> str:
    from training.hardware import hardware, software

    return (
        f"{options.name}: {len(streams.ids):,} symbols, {model.count_params():,} parameters, "
        f"{len(streams)} batches of {options.batch_size} × {options.steps} an epoch; {hardware()}; "
        f"{software()}\n"
        f"run folder: {options.run_dir}"
    )


def evaluate(options: Evaluate) -> None:
    """Print the scores of a bundle."""
    import rnn_models
    from training.download import DataError
    from training.lm_scores import splits, summary

    try:
        corpus = _corpus(options.dataset, options.file)
        model = rnn_models.load(options.bundle)
        for name, text in splits(corpus, options.split).items():
            print(summary(name, model.evaluate_text(text, batch_size=options.batch_size)), flush=True)
    except (ValueError, OSError, DataError) as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
