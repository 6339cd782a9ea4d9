"""How a labeler of frames is fitted."""

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from rnn_models.tasks.video import NETWORKS, VideoLabeler
from training.core import fit
from training.core.environment import hardware, software
from training.video.inputs import ClipBatches

if TYPE_CHECKING:
    from training.video.config import Train
    from training.video.inputs import ClipInputs


def build_model(options: "Train", inputs: "ClipInputs") -> VideoLabeler:
    """The model of these options, with its weights made."""
    data = inputs.data
    names = ("cell", "units", "layers", "encoder_units", "differences", "dropout")
    model = VideoLabeler(
        data.inputs,
        data.frame_shape,
        data.label_names,
        data.clip_label_names,
        data.rate,
        comparisons=NETWORKS[1:] if options.comparisons else (),
        across=data.across if data.inputs == "joints" else None,
        **{name: getattr(options, name) for name in names},
    )
    model.build()
    return model


class VideoTrainer(keras.Model):
    """A `VideoLabeler` with its loss: the sum over its networks, which share the encoder and nothing else.

        L = Σ_networks [mean over labelled frames of −ln p(label) + λ · mean over labelled clips of −ln p(label)]

    Args:
        labeler: the model.
        clip_weight: λ.
    """

    def __init__(self, labeler: VideoLabeler, clip_weight: float):
        super().__init__(name="trainer")
        self.labeler, self.clip_weight = labeler, clip_weight
        self.frame_error = keras.metrics.Mean(name="frame_error")
        self.clip_error = keras.metrics.Mean(name="clip_error")
        self.built = True

    def call(self, x: dict[str, Any], training: bool = False) -> dict[str, tuple]:
        """The logits of all networks: see `VideoLabeler.call`."""
        return self.labeler(x["frames"], x["mask"], x["order"], training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        total = 0.0
        for of_frames, of_clips in y_pred.values():
            total = total + mean_nats(of_frames, y["labels"])
            if of_clips is not None:
                total = total + self.clip_weight * mean_nats(of_clips, y["clip_labels"])
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """The causal network's errors; `error` is the mean of the two where clips have classes."""
        of_frames, of_clips = y_pred["causal"]
        self.frame_error.update_state(*wrong(of_frames, y["labels"]))
        found = {"error": self.frame_error.result()}
        if of_clips is not None:
            self.clip_error.update_state(*wrong(of_clips, y["clip_labels"]))
            frames, clips = self.frame_error.result(), self.clip_error.result()
            found = {"error": (frames + clips) / 2, "frame_error": frames, "clip_error": clips}
        return {**super().compute_metrics(x, y, y_pred, sample_weight), **found}


class Fitting(fit.Fitting):
    """The fit of one seed."""

    def make_batches(self, rows: slice) -> tuple[ClipBatches, ClipBatches]:
        options, data = self.options, self.inputs.data
        size = (options.batch_size, options.length)
        return (
            ClipBatches(data, data.train, *size, options.seed, options.augment, rows),
            ClipBatches(data, data.validation, *size, rows=rows),
        )

    def make_model(self) -> VideoLabeler:
        return build_model(self.options, self.inputs)

    def make_trainer(self) -> VideoTrainer:
        return VideoTrainer(self.model, self.options.clip_weight)

    def headline(self) -> str:
        options = self.options
        return (
            f"{options.name}: {len(self.inputs.data.train.frames):,} clips; "
            f"{self.model.count_params():,} parameters; {len(self.batches)} batches of {options.batch_size} an epoch; "
            f"seed {options.seed}; {hardware()}; {software()}\nrun folder: {self.run.folder}"
        )


def mean_nats(logits: Any, labels: Any) -> Any:
    """−ln p(label), the mean over what has a label; 0 where nothing has."""
    logits, labels = _flat(logits, labels)
    labelled = ops.cast(labels >= 0, "float32")
    nats = keras.losses.sparse_categorical_crossentropy(ops.maximum(labels, 0), logits, from_logits=True)
    return ops.sum(nats * labelled) / ops.maximum(ops.sum(labelled), 1.0)


def wrong(logits: Any, labels: Any) -> tuple[Any, Any]:
    """1 where the likeliest class is another than the label, else 0; and 1 where there is a label, else 0."""
    logits, labels = _flat(logits, labels)
    found = ops.cast(ops.argmax(logits, axis=-1), "int32") != labels
    return ops.cast(found, "float32"), ops.cast(labels >= 0, "float32")


def _flat(logits: Any, labels: Any) -> tuple[Any, Any]:
    """Logits (N, C) and labels (N,) of frames or clips."""
    logits = ops.cast(logits, "float32")
    return ops.reshape(logits, (-1, logits.shape[-1])), ops.reshape(ops.cast(labels, "int32"), (-1,))
