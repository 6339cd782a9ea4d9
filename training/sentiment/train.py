"""What fitting a sentiment classifier takes: the tokenizer, the batches, the model, the run; pre-training first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from rnn_models.tasks.sentiment import SentimentClassifier
from rnn_models.text.tokenizers import Tokenizer
from training.core import distribution
from training.core.environment import hardware, software
from training.core.fit import fit_epochs
from training.core.options import begin, config_dict, make_optimizer
from training.core.run import Recorder, Run, keep_tokenizer
from training.data.batches import TextBatches
from training.sentiment.adversarial import AdversarialTrainer
from training.sentiment.inputs import Texts

if TYPE_CHECKING:
    from training.sentiment.config import Train


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
            self.trainer = _trainer(self.model, options.adversarial_epsilon)
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
    from training.sentiment.pretrain import pretrain

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
    nats = pretrain(reader, [*texts.train, *texts.unlabelled], texts.validation, run, own)
    for layer in ("embed", "recurrence"):
        getattr(model, layer).set_weights(getattr(reader, layer).get_weights())
    print(f"language model: {nats:.4f} nats a token on the validation texts ({run.folder})", flush=True)


# What may differ between the run that trained the language model and the run that starts from it.
FREE_IN_PRETRAINING = {
    *("seed", "learning_rate", "pretrain_dropout", "subword_dropout", "label_smoothing", "repeats", "export"),
    "adversarial_epsilon",
    *("baseline", "pretrained", "pooling", "attention_units", "patience", "epochs", "max_tokens"),
}


def _trainer(model: SentimentClassifier, epsilon: float) -> keras.Model:
    if epsilon:
        return AdversarialTrainer(model, epsilon, name="trainer")
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
