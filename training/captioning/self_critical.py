"""Fine-tuning a captioner on what its captions are judged by (self-critical training, Rennie et al. 2017).

For each picture K captions are drawn from the model; each is worth its CIDEr-D r_k against the picture's own captions,
and the gradient of the expected worth is estimated by REINFORCE,

    ∇ E[r] ≈ 1/K Σ_k (r_k − b_k) ∇ log p(caption k | picture),      b_k = the mean of the others' r

where the mean of the others stands for the greedy caption's worth (Luo 2020, arXiv:2003.09971): no extra decoding.

What draws is p at a temperature τ below 1, softmax(logits / τ), and its gradient is taken, too. At τ = 1 a model that
learnt with smoothed labels draws captions far from those that a search finds, and learns mostly what not to draw.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from rnn_models.decoding.strategies import Sample
from training.captioning.trainer import Trainer
from training.core.fit import verbosity
from training.data.batches import padded_length
from training.metrics.caption_tokenizer import words
from training.metrics.cider import DocumentFrequencies, cider_d

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Captioner
    from training.data.features import Features


class SampledCaptions:
    """Batches of captions that the model draws itself, with what each is worth more than the others of its picture.

    `({"grid": (P, L, Dv), "target": (P, K, T), "advantage": (P, K)}, labels (P, K, T), counted (P, K, T))`. The
    captions are those of the model when the batch is asked for.

    Args:
        model: the captioner in training.
        features: of the training pictures; each is seen in one of its views, at random.
        captions: theirs, as `caption_words.words` joined by spaces.
        frequencies: of the training captions.
        batch_size: P.
        count: K, 2 or more.
        temperature: τ, at which they are drawn.
        seed: of the order and of what is drawn.
    """

    def __init__(
        self,
        model: "Captioner",
        features: "Features",
        captions: Sequence[Sequence[str]],
        frequencies: DocumentFrequencies,
        batch_size: int,
        count: int,
        temperature: float,
        seed: int,
    ):
        self.model, self.features, self.captions, self.frequencies = model, features, captions, frequencies
        self.batch_size, self.count, self.temperature, self.seed = batch_size, count, temperature, seed
        self.epoch = 0

    def __len__(self) -> int:
        return max(1, len(self.captions) // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.captions))
        chosen = np.sort(order[index * self.batch_size : (index + 1) * self.batch_size])
        grid = self.features.drawn(chosen, [self.seed, self.epoch, index, 1])
        seed = int(np.random.default_rng([self.seed, self.epoch, index]).integers(2**31))
        found = self.model.describe(np.repeat(grid, self.count, axis=0), sample=Sample(self.temperature, seed=seed))
        steps = padded_length(max(len(caption.tokens) for caption in found))
        target, labels, counted = self._arrays(found, len(chosen), steps)
        worth = cider_d(
            [" ".join(words(caption.text)) for caption in found],
            [self.captions[n] for n in chosen for _ in range(self.count)],
            self.frequencies,
        ).reshape(len(chosen), self.count)
        others = (worth.sum(1, keepdims=True) - worth) / (self.count - 1)
        advantage = (worth - others).astype("float32")
        return {"grid": grid, "target": target, "advantage": advantage}, labels, counted

    def _arrays(self, found: list, pictures: int, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The drawn captions as the decoder reads them, what follows, and which of `length` steps there are."""
        tokens = self.model.tokenizer
        target = np.zeros((pictures * self.count, length), dtype="int32")
        labels, counted = np.zeros_like(target), np.zeros(target.shape, dtype="float32")
        for row, caption in enumerate(found):
            (ids,) = tokens.encode([caption.text])
            ids = [*ids, self.model.end] if caption.tokens[-1:] == ["</s>"] else list(ids)
            target[row, : len(ids)] = [self.model.start, *ids[:-1]]
            labels[row, : len(ids)], counted[row, : len(ids)] = ids, 1.0
        return tuple(array.reshape(pictures, self.count, length) for array in (target, labels, counted))


class SelfCriticalTrainer(Trainer):
    """A `Captioner` with the loss −mean (advantage · log p(word)) over the words that were drawn; p as they were drawn.

    The network is the one that drew them: no dropout, and batch norm with the statistics that it has. REINFORCE is the
    gradient of what was drawn from; with dropout and a batch's own statistics, CIDEr-D fell. Hard attention looks at
    the likeliest place, as it did then; no gradient says where.
    """

    def call(self, inputs: dict, training: bool = False) -> tuple:
        logits, weights = self.captioner(inputs["grid"], inputs["target"], training=False)
        return logits / self.options.self_critical_temperature if training else logits, weights, None

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        if not training:  # what validation tells is still the cross-entropy
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        counted = ops.cast(sample_weight, "float32")
        # As decoding has it: where the tokens that are never drawn counted, all could be won by making them likely.
        log_probs = self.captioner.next_log_probs(y_pred[0])
        right = ops.take_along_axis(log_probs, ops.cast(y, "int32")[..., None], axis=-1)[..., 0]
        weighed = -right * counted * ops.expand_dims(x["advantage"], -1)
        return ops.sum(weighed) / ops.maximum(ops.sum(counted), 1.0)


def fit_sampled(
    trainer: SelfCriticalTrainer,
    batches: SampledCaptions,
    validation: keras.utils.PyDataset,
    callbacks: Sequence[keras.callbacks.Callback],
    first: int,
    epochs: int,
) -> None:
    """What `trainer.fit` does, from epoch `first` on, but no batch is drawn before the step before it is done.

    `fit` asks for batches ahead, and some steps later another model would draw others; REINFORCE wants the gradient of
    the model that drew them.
    """
    callbacks = keras.callbacks.CallbackList(
        list(callbacks), add_progbar=True, model=trainer, epochs=epochs, steps=len(batches), verbose=verbosity()
    )
    callbacks.on_train_begin()
    for epoch in range(first, epochs):
        trainer.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        batches.epoch, logs = epoch, {}
        for index in range(len(batches)):
            callbacks.on_train_batch_begin(index)
            logs = trainer.train_on_batch(*batches[index], return_dict=True)
            callbacks.on_train_batch_end(index, logs)
        found = trainer.evaluate(validation, return_dict=True, verbose=0)
        callbacks.on_epoch_end(epoch, logs | {f"val_{name}": value for name, value in found.items()})
        if trainer.stop_training:
            break
    callbacks.on_train_end()
