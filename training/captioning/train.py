"""How a captioner is fitted, by cross-entropy and then by CIDEr-D, and the score of each epoch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from rnn_models.bundles import named_weights
from rnn_models.tasks.captioning import Captioner
from training.captioning.batches import PictureBatches
from training.captioning.config import SCORING_OPTIONS
from training.captioning.self_critical import SampledCaptions, SelfCriticalTrainer, fit_sampled
from training.captioning.trainer import Trainer
from training.core import fit
from training.core.environment import hardware, software
from training.core.seeds import open_run
from training.data.scenes.checks import is_correct
from training.data.scenes.dataset import SceneSet
from training.metrics.caption_tokenizer import words
from training.metrics.cider import cider_d, document_frequencies

if TYPE_CHECKING:
    from training.captioning.config import Train
    from training.captioning.inputs import Pictures
    from training.data.records import CaptionData


SETTINGS = ("backbone", "grid", "fit", "inject", "attention", "attention_units", "informed", "gate", "features")
SETTINGS += ("normalise", "positions", "batch_norm")
SETTINGS += ("cell", "units", "embedding", "tied", "dropout", "recurrent_dropout")
"""The options that a `Captioner` takes as they are."""

SAMPLES = 5
"""So many validation pictures are shown with their captions after each epoch."""

SAMPLED = 5
"""So many captions are sampled for each picture in self-critical training."""


def build_model(options: "Train", pictures: "Pictures") -> Captioner:
    """The model of these options, with its weights made."""
    chosen = {name: getattr(options, name) for name in SETTINGS}
    _, depth = pictures.encoder.shape()
    places = tuple(map(int, options.grid.split("x")))
    model = Captioner(pictures.tokenizer, depth=depth, places=places, **chosen)
    model.build()
    if pictures.start is not None:
        begin_with(model, pictures.start, options.start)
    return model


def begin_with(model: Captioner, other: Captioner, name: str) -> None:
    """Give `model` the weights of `other`, which is made alike but for dropout; soft and hard attention have the same.

    Raises:
        ValueError: a setting of the two differs; says which.
    """
    free = {"attention", "dropout", "recurrent_dropout", "max_words"}
    there, here = (one.settings | {"looks": one.settings["attention"] != "none"} for one in (other, model))
    for key in sorted(here.keys() - free):
        if here[key] != there[key]:
            raise ValueError(
                f"--start {name}: {key} is {there[key]} there and {here[key]} here. Give the options that it was "
                f"trained with: {other.scores.get('command', 'they are not known')}"
            )
    given = named_weights(other)
    for path, variable in named_weights(model).items():
        variable.assign(given[path])


class Fitting(fit.Fitting):
    """The fit of one seed: epochs of cross-entropy, then the self-critical ones."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self._seconds_before = 0.0

    def make_batches(self, rows: slice) -> tuple[PictureBatches, PictureBatches]:
        return self.inputs.batches(rows, self.options.seed), self.inputs.validation_batches(rows)

    def make_model(self) -> Captioner:
        return build_model(self.options, self.inputs)

    def make_trainer(self) -> Trainer:
        return Trainer(self.model, self.options)

    @property
    def kept(self) -> Trainer:
        """The trainer: it has REINFORCE's baseline."""
        return self.trainer

    def callbacks(self) -> list[keras.callbacks.Callback]:
        self.validation_captions = ValidationCaptions(self.model, self.inputs)
        return [self.validation_captions]

    def sample(self, epoch: int) -> str:
        return self.validation_captions.sample()

    def headline(self) -> str:
        options, batches, train = self.options, self.batches, self.inputs.data.train
        return (
            f"{options.name}: {len(train.pictures):,} pictures with {sum(map(len, train.captions)):,} captions, "
            f"vocabulary {len(self.inputs.tokenizer):,}; {self.model.count_params():,} parameters; {len(batches)} "
            f"batches of {options.batch_size} pictures an epoch, {100 * batches.padding:.0f} % padding; seed "
            f"{options.seed}; {hardware()}; {software()}\nrun folder: {self.run.folder}"
        )

    def fit(self) -> None:
        """Run the epochs that are left, and the self-critical ones from the best weights so far."""
        super().fit()
        if not self.options.self_critical_epochs:
            return
        if self.options.epochs:
            self.load_best()
        refined = SelfCriticalFitting(self)
        refined.fit()
        self._seconds_before = self.run.state.seconds
        self.run, self.trainer = refined.run, refined.trainer

    @property
    def seconds(self) -> float:
        """How long all epochs took."""
        return self._seconds_before + self.run.state.seconds


class SelfCriticalFitting(fit.Fitting):
    """Self-critical epochs of a fitted model; they have a run of their own below its run's folder."""

    def __init__(self, before: Fitting):
        self.before, self.pictures = before, before.inputs
        options = before.options
        own = replace(
            options,
            epochs=options.self_critical_epochs,
            learning_rate=options.self_critical_rate,
            gradients=False,  # its loss is no function of one batch's targets
            run_dir=before.run.folder / "self-critical",
        )
        run = open_run(own, before.devices.writer, SCORING_OPTIONS)
        run.sums = before.run.sums
        super().__init__(own, None, run, before.devices)  # the tokenizer is in the folder above

    def make_batches(self, rows: slice) -> tuple[SampledCaptions, PictureBatches]:
        options = self.options
        captions = [[" ".join(words(text)) for text in texts] for texts in self.pictures.data.train.captions]
        sampled = SampledCaptions(
            self.before.model,
            self.pictures.features("train"),
            captions,
            document_frequencies(captions),
            options.batch_size,
            SAMPLED,
            options.self_critical_temperature,
            options.seed,
        )
        return sampled, self.before.validation

    def make_model(self) -> Captioner:
        return self.before.model

    def make_trainer(self) -> SelfCriticalTrainer:
        return SelfCriticalTrainer(self.model, self.options)

    @property
    def kept(self) -> SelfCriticalTrainer:
        return self.trainer

    def callbacks(self) -> list[keras.callbacks.Callback]:
        self.validation_captions = ValidationCaptions(self.model, self.pictures)
        return [self.validation_captions]

    def sample(self, epoch: int) -> str:
        return self.validation_captions.sample()

    def run_epochs(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        first, epochs = self.run.state.epoch, self.options.epochs
        with self.devices.fit_scope():
            fit_sampled(self.trainer, self.batches, self.validation, callbacks, first, epochs)


class ValidationCaptions(keras.callbacks.Callback):
    """Captions the validation pictures after each epoch: "val_error" is 1 − CIDEr-D / 10 of the greedy captions.

    On scenes it is the share of captions that are not fully correct. The epoch that is kept is the best by this, not
    by the loss. It must come before the `Recorder`.
    """

    def __init__(self, captioner: Captioner, pictures: "Pictures"):
        super().__init__()
        self.captioner, self.pictures = captioner, pictures
        self.captions: list[str] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        found = self.captioner.describe(self.pictures.features("validation").grid, beam=1)
        self.captions = [caption.text for caption in found]
        logs["val_error"], score = validation_error(self.captions, self.pictures.data)
        print(f"greedy captions of {len(found):,} validation pictures: {score}", flush=True)

    def sample(self) -> str:
        """Some pictures with a given caption and the model's."""
        validation = self.pictures.data.validation
        rows = zip(validation.pictures[:SAMPLES], validation.captions, self.captions, strict=False)
        return "\n\n".join(f"  {path.name}\n= {captions[0]}\n> {ours}" for path, captions, ours in rows)


def validation_error(texts: Sequence[str], data: "CaptionData") -> tuple[float, str]:
    """What an epoch is judged by, of captions of the validation pictures: a number, smaller is better; and in words."""
    if isinstance(data, SceneSet):
        right = sum(map(is_correct, texts, data.scenes["validation"])) / len(texts)
        return 1 - right, f"{100 * right:.1f} % fully correct"
    references = [[" ".join(words(text)) for text in captions] for captions in data.validation.captions]
    found = [" ".join(words(text)) for text in texts]
    score = float(cider_d(found, references, document_frequencies(references)).mean())
    return max(0.0, 1 - score / 10), f"CIDEr-D {score:.3f}"
