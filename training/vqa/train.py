"""How a network that answers questions is fitted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from rnn_models.tasks.vqa import CONVOLUTIONAL, VisualQuestionAnswerer
from training.core import fit
from training.core.environment import hardware, software
from training.vqa.inputs import QuestionBatches

if TYPE_CHECKING:
    from training.vqa.config import Train
    from training.vqa.inputs import QuestionInputs

NAMES = ("backbone", "side", "grid", "fit", "normalise", "positions", "features", "cell", "units", "bidirectional")
NAMES += ("bag", "embedding", "join", "hops", "attention_units", "joint", "dropout", "recurrent_dropout")
"""Options that are the model's settings, too."""


def build_model(options: "Train", inputs: "QuestionInputs") -> VisualQuestionAnswerer:
    """The model of these options, with its weights made."""
    chosen = {name: getattr(options, name) for name in NAMES}
    chosen["bidirectional"] &= options.join != "look" and not options.bag
    first = options.channels
    chosen["channels"] = (first, first * 3 // 2, first * 2)
    if options.backbone != CONVOLUTIONAL:
        rows, columns = map(int, options.grid.split("x"))
        chosen |= {"depth": inputs.pictures("train").grid.shape[-1], "places": (rows, columns)}
    model = VisualQuestionAnswerer(inputs.tokenizer, inputs.answers, **chosen)
    model.build()
    return model


class Fitting(fit.Fitting):
    """The fit of one seed."""

    def make_batches(self, rows: slice) -> tuple[QuestionBatches, QuestionBatches]:
        inputs = self.inputs
        return inputs.batches("train", rows, self.options.seed), inputs.batches("validation", rows)

    def make_model(self) -> VisualQuestionAnswerer:
        return build_model(self.options, self.inputs)

    def loss(self) -> Callable:
        return cross_entropy

    def metrics(self) -> list[Callable]:
        return [error]

    def headline(self) -> str:
        options, train = self.options, self.inputs.data.train
        return (
            f"{options.name}: {len(train.questions):,} questions about {len(train.pictures):,} pictures, vocabulary "
            f"{len(self.inputs.tokenizer):,}, {len(self.inputs.answers):,} answers; {self.model.count_params():,} "
            f"parameters; {len(self.batches)} batches of {options.batch_size} pictures with up to {self.batches.count} "
            f"questions each an epoch; seed {options.seed}; {hardware()}; {software()}\nrun folder: {self.run.folder}"
        )


def cross_entropy(labels: Any, logits: Any) -> Any:
    """In nats, (P, K) of labels (P, K) and logits (P, K, A)."""
    return keras.losses.sparse_categorical_crossentropy(ops.cast(labels, "int32"), logits, from_logits=True)


def error(labels: Any, logits: Any) -> Any:
    """1 where the likeliest answer is another than the label, else 0."""
    answers = ops.cast(ops.argmax(logits, axis=-1), "int32")
    return ops.cast(answers != ops.cast(labels, "int32"), "float32")
