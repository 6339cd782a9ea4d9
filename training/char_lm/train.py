"""How a character model is fitted: parallel streams, and a state that is carried from chunk to chunk."""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rnn_models.layers import TruncatedBPTT
from rnn_models.tasks.char_lm import CharLM
from training.char_lm.streams import Streams
from training.core import fit
from training.core.environment import hardware, software

if TYPE_CHECKING:
    from rnn_models.text.characters import CharVocabulary
    from training.char_lm.config import Train


def build_model(options: "Train", vocabulary: "CharVocabulary") -> CharLM:
    """The model of these options, with its weights made."""
    names = ("cell", "units", "layers", "embedding", "dropout", "recurrent_dropout", "residual", "tied")
    model = CharLM(vocabulary, **{name: getattr(options, name) for name in names})
    model(np.zeros((1, 1), dtype="int32"))
    return model


class Fitting(fit.Fitting):
    """The fit of one seed.

    The model in `fit` is tokens (B, T) and reset (B,) → `TruncatedBPTT(CharLM)` → logits (B, T, V); the loss
    is the cross-entropy in nats, the mean over the characters.
    """

    monitor = "val_loss"

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        # A model that is shared by devices can neither write samples nor be scored: a copy on one device does.
        self.on_one_device = self.model
        if self.devices.active:
            self.on_one_device = build_model(self.options, self.inputs.vocabulary)

    def make_batches(self, rows: slice) -> tuple[Streams, Streams]:
        return self.inputs.batches(rows, self.options.seed), self.inputs.validation_batches(rows)

    def make_model(self) -> CharLM:
        return build_model(self.options, self.inputs.vocabulary)

    def make_trainer(self) -> keras.Model:
        batch_size = self.devices.seen(self.options.batch_size)
        tokens = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="tokens")
        reset = keras.Input(batch_shape=(batch_size,), dtype="int32", name="reset")
        logits = TruncatedBPTT(self.model, batch_size)(tokens, reset=reset)
        return keras.Model({"tokens": tokens, "reset": reset}, logits)

    def loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def sample(self, epoch: int) -> str | None:
        """What the model writes after the prompt."""
        options = self.options
        if not options.sample_every or epoch % options.sample_every or not self.devices.writer:
            return None
        model = self.on_one_device
        if model is not self.model:
            model.set_weights(self.model.get_weights())
        seed = options.seed + epoch
        written = model.generate(
            options.prompt, length=options.sample_length, temperature=options.temperature, seed=seed
        )
        return options.prompt + written

    def headline(self) -> str:
        options, streams = self.options, self.batches
        return (
            f"{options.name}: {len(streams.ids):,} symbols, {self.model.count_params():,} parameters, "
            f"{len(streams)} batches of {options.batch_size} × {options.steps} an epoch; seed {options.seed}; "
            f"{hardware()}; {software()}\nrun folder: {self.run.folder}"
        )

    def load_best(self) -> None:
        """Put the weights of the best epoch into the model, which is then one device's."""
        self.model = self.on_one_device
        super().load_best()
