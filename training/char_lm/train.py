"""What fitting a character model takes: the streams, the model with carried state, the optimizer, the run."""

from typing import TYPE_CHECKING

import keras
import numpy as np

from rnn_models.layers import TruncatedBPTT
from rnn_models.tasks.char_lm import CharLM
from training.char_lm.evaluate import finish
from training.char_lm.streams import Streams, validation_streams
from training.core import distribution
from training.core.environment import hardware, software
from training.core.fit import fit_epochs
from training.core.options import begin, make_optimizer
from training.core.run import Recorder, Run

if TYPE_CHECKING:
    from rnn_models.text.characters import CharVocabulary
    from training.char_lm.config import Train
    from training.char_lm.data import Corpus


def build_model(options: "Train", vocabulary: "CharVocabulary") -> CharLM:
    """The model of these options, with its weights made."""
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
        options: "Train",
        corpus: "Corpus",
        vocabulary: "CharVocabulary",
        run: Run,
        devices: distribution.Distribution,
    ):
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
        state = self.run.state
        if state.stopped or state.epoch >= self.options.epochs:
            return
        self.run.begin()
        if self.devices.writer:
            print(_headline(self.options, self.model, self.streams), flush=True)
        recorder = Recorder(self.run, self.model, "val_loss", self.options.patience, self._sample)
        fit_epochs(self.trainer, self.streams, self.validation, [recorder], self.options, self.run, self.devices)

    def finish(self, corpus: "Corpus") -> None:
        """The best weights' scores over the whole held-out text, and the bundle."""
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


def _trainer(model: CharLM, batch_size: int) -> keras.Model:
    tokens = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="tokens")
    reset = keras.Input(batch_shape=(batch_size,), dtype="int32", name="reset")
    logits = TruncatedBPTT(model, batch_size)(tokens, reset=reset)
    return keras.Model({"tokens": tokens, "reset": reset}, logits)


def _headline(options: "Train", model: CharLM, streams: Streams) -> str:
    return (
        f"{options.name}: {len(streams.ids):,} symbols, {model.count_params():,} parameters, "
        f"{len(streams)} batches of {options.batch_size} × {options.steps} an epoch; {hardware()}; "
        f"{software()}\n"
        f"run folder: {options.run_dir}"
    )
