"""What fitting a sentiment classifier takes: the tokenizer, the batches, the model, the run; pre-training first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rnn_models.tasks.sentiment import SentimentClassifier, shortened
from rnn_models.tokens import CharTokenizer, MorphemeTokenizer, SubwordTokenizer, Tokenizer
from training import distribution
from training.batches import TextBatches
from training.fitting import fit_epochs
from training.hardware import hardware, software
from training.options import begin, config_dict, make_optimizer
from training.repeats import keep_tokenizer, kept_tokenizer
from training.runs import Recorder, Run

if TYPE_CHECKING:
    from training.labelled import LabelledData
    from training.sentiment import Train


def build_tokenizer(options: "Train", texts: Sequence[str]) -> Tokenizer:
    """The tokenizer of these options, learnt from the training texts."""
    if options.tokens == "morpheme":
        return MorphemeTokenizer.build(texts, options.vocabulary)
    if options.tokens == "subword":
        return SubwordTokenizer.build(texts, options.vocabulary)
    if options.tokens == "jamo-subword":
        return SubwordTokenizer.build(texts, options.vocabulary, normalization="NFKD")
    return CharTokenizer.build(texts, options.vocabulary, "NFD" if options.tokens == "jamo" else "NFC")


class Texts:
    """The data set as token ids: read once, and shared by the runs of several seeds."""

    def __init__(self, options: "Train", data: "LabelledData"):
        self.options, self.data = options, data
        self.tokenizer = kept_tokenizer(options) or build_tokenizer(options, data.train.texts)

    @cached_property
    def train(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.train.texts))

    @cached_property
    def validation(self) -> list[np.ndarray]:
        return self._shortened(self.tokenizer.encode(self.data.validation.texts))

    def source(self) -> list[np.ndarray] | Callable[[int], list[np.ndarray]]:
        """The training texts; with sub-word dropout cut anew for each epoch."""
        rate = self.options.subword_dropout
        if not rate or not isinstance(self.tokenizer, SubwordTokenizer):
            return self.train
        return lambda epoch: self._shortened(self.tokenizer.encode(self.data.train.texts, dropout=rate))

    def _shortened(self, ids: list[np.ndarray]) -> list[np.ndarray]:
        return [shortened(i, self.options.train_tokens) for i in ids]


def build_model(options: "Train", tokenizer: Tokenizer, labels: Sequence[str]) -> SentimentClassifier:
    """The model of these options, with its weights made."""
    model = SentimentClassifier(
        tokenizer,
        labels,
        cell=options.cell,
        units=options.units,
        layers=options.layers,
        bidirectional=options.bidirectional,
        embedding=options.embedding,
        pooling=options.pooling,
        attention_units=options.attention_units,
        dropout=options.dropout,
        recurrent_dropout=options.recurrent_dropout,
        token_dropout=options.token_dropout,
        max_tokens=options.max_tokens,
    )
    model.build((None, None))
    return model


class Fitting:
    """Everything that `fit` needs for one seed, built; and the fit."""

    def __init__(self, options: "Train", texts: Texts, run: Run, devices: distribution.Distribution):
        self.options, self.texts, self.run, self.devices = options, texts, run, devices
        data, rows = texts.data, devices.rows(options.batch_size)
        self.batches = TextBatches(texts.source(), data.train.labels, options.batch_size, options.seed, rows)
        self.validation = TextBatches(texts.validation, data.validation.labels, options.batch_size, rows=rows)
        begin(options)
        with devices.scope():
            self.model = build_model(options, texts.tokenizer, data.label_names)
            self.trainer = _trainer(self.model)
            total = options.epochs * len(self.batches)
            optimizer = make_optimizer(options, total, devices.replicas if devices.local else 1)
            loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=options.label_smoothing)
            self.trainer.compile(optimizer, _on_numbers(loss, len(data.label_names)), weighted_metrics=[error])
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        if options.resume:
            run.restore(self.model, self.trainer.optimizer)

    def fit(self) -> None:
        """Pre-train, where that is asked for, and run the epochs that are left."""
        state, options = self.run.state, self.options
        if state.stopped or state.epoch >= options.epochs:
            return
        self.run.begin()
        if self.devices.writer:
            keep_tokenizer(self.run.folder, self.texts.tokenizer)
        if state.epoch == 0:
            start_from_language_model(options, self.texts, self.model, self.run.folder)
        if self.devices.writer:
            print(_headline(options, self.texts, self.model, self.batches, self.run), flush=True)
        recorder = Recorder(self.run, self.model, "val_error", options.patience)
        fit_epochs(self.trainer, self.batches, self.validation, [recorder], options, self.run, self.devices)


def start_from_language_model(options: "Train", texts: Texts, model: SentimentClassifier, folder: Path) -> None:
    """Put the weights of a language model into the classifier: of another run, or trained here."""
    if not options.pretrain_epochs:
        return
    from training.pretraining import pretrain

    own = replace(
        options,
        epochs=options.pretrain_epochs,
        learning_rate=options.pretrain_learning_rate,
        dropout=options.pretrain_dropout,
        token_dropout=options.pretrain_dropout,
    )
    where = options.pretrained or folder / "pretraining"
    run = Run(where, config_dict(own), where.joinpath("config.json").exists(), FREE_IN_PRETRAINING)
    keep_tokenizer(where, texts.tokenizer)
    reader = build_model(own, texts.tokenizer, model.labels)
    nats = pretrain(reader, texts.train, texts.validation, run, own)
    for layer in ("embed", "recurrence"):
        getattr(model, layer).set_weights(getattr(reader, layer).get_weights())
    print(f"language model: {nats:.4f} nats a token on the validation texts ({run.folder})", flush=True)


# What may differ between the run that trained the language model and the run that starts from it.
FREE_IN_PRETRAINING = {
    *("seed", "learning_rate", "pretrain_dropout", "subword_dropout", "label_smoothing", "repeats", "export"),
    *("baseline", "pretrained", "pooling", "attention_units", "patience", "epochs", "max_tokens"),
}


def _trainer(model: SentimentClassifier) -> keras.Model:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="int32", name="mask")
    return keras.Model({"tokens": tokens, "mask": mask}, model(tokens, mask=mask))


def error(labels: Any, logits: Any) -> Any:
    """1 where the likeliest class is another than the label, else 0."""
    labels = keras.ops.reshape(keras.ops.cast(labels, "int32"), (-1,))
    return keras.ops.cast(keras.ops.argmax(logits, axis=-1) != labels, "float32")


def _on_numbers(loss: keras.losses.Loss, classes: int) -> Callable:
    """A loss of class probabilities, for class numbers."""
    return lambda labels, logits: loss.call(keras.ops.one_hot(keras.ops.cast(labels, "int32"), classes), logits)


def _headline(options: "Train", texts: Texts, model: SentimentClassifier, batches: TextBatches, run: Run) -> str:
    mean = sum(map(len, texts.train)) / len(texts.train)
    return (
        f"{options.name}: {len(texts.train):,} texts of {mean:.1f} tokens ({options.tokens}), vocabulary "
        f"{len(texts.tokenizer):,}; {model.count_params():,} parameters; {len(batches)} batches of "
        f"{options.batch_size} an epoch; seed {options.seed}; {hardware()}; {software()}\nrun folder: {run.folder}"
    )
