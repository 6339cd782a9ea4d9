"""How a sentiment classifier is fitted; a language model of the training texts may come first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from rnn_models.tasks.sentiment import SentimentClassifier
from rnn_models.text.tokenizers import Tokenizer
from training.core import fit
from training.core.environment import hardware, software
from training.core.options import config_dict, usual_config
from training.core.run import Run, keep_tokenizer
from training.data.batches import TextBatches
from training.data.sums import data_sums
from training.sentiment.adversarial import AdversarialTrainer
from training.sentiment.calibration import calibrate
from training.sentiment.pretrain import pretrain

if TYPE_CHECKING:
    from training.sentiment.config import Train


def build_model(options: "Train", tokenizer: Tokenizer, labels: Sequence[str]) -> SentimentClassifier:
    """The model of these options, with its weights made."""
    names = ("cell", "units", "layers", "bidirectional", "embedding", "pooling", "attention_units")
    names += ("dropout", "recurrent_dropout", "token_dropout", "max_tokens")
    model = SentimentClassifier(tokenizer, labels, **{name: getattr(options, name) for name in names})
    model.build((None, None))
    return model


FREE_IN_PRETRAINING = {
    *("seed", "learning_rate", "pretrain_dropout", "subword_dropout", "label_smoothing", "pretrained"),
    *("adversarial_epsilon", "calibrate", "teachers", "teacher_weight", "label_count"),
    *("pooling", "attention_units", "patience", "epochs", "max_tokens"),
}
"""What may differ between the run that trained the language model and the run that starts from it."""


class Fitting(fit.Fitting):
    """The fit of one seed; a language model of the training texts may come first."""

    def make_batches(self, rows: slice) -> tuple[TextBatches, TextBatches]:
        texts, size = self.inputs, self.options.batch_size
        return (
            TextBatches(texts.source(), texts.targets, size, self.options.seed, rows),
            TextBatches(texts.validation, texts.one_hot(texts.data.validation), size, rows=rows),
        )

    def make_model(self) -> SentimentClassifier:
        return build_model(self.options, self.inputs.tokenizer, self.inputs.data.label_names)

    def make_trainer(self) -> keras.Model:
        if self.options.adversarial_epsilon:
            return AdversarialTrainer(self.model, self.options.adversarial_epsilon, name="trainer")
        tokens = keras.Input((None,), dtype="int32", name="tokens")
        mask = keras.Input((None,), dtype="int32", name="mask")
        return keras.Model({"tokens": tokens, "mask": mask}, self.model(tokens, mask=mask))

    def loss(self) -> Callable:
        smoothing = self.options.label_smoothing
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)

    def metrics(self) -> list[Callable]:
        return [error]

    def headline(self) -> str:
        options, texts = self.options, self.inputs
        mean = sum(map(len, texts.train)) / len(texts.train)
        return (
            f"{options.name}: {len(texts.targets):,} texts of {mean:.1f} tokens ({options.tokens}), vocabulary "
            f"{len(texts.tokenizer):,}; {self.model.count_params():,} parameters; {len(self.batches)} batches of "
            f"{options.batch_size} an epoch; seed {options.seed}; {hardware()}; {software()}\n"
            f"run folder: {self.run.folder}"
        )

    def prepare(self) -> None:
        """Put the weights of a language model into the classifier: of another run, or trained here."""
        options, texts = self.options, self.inputs
        if not options.pretrain_epochs:
            return
        own = replace(
            options,
            epochs=options.pretrain_epochs,
            learning_rate=options.pretrain_learning_rate,
            dropout=options.pretrain_dropout,
            token_dropout=options.pretrain_dropout,
        )
        where = options.pretrained or self.run.folder / "pretraining"
        begun = where.joinpath("config.json").exists()
        run = Run(where, config_dict(own), begun, FREE_IN_PRETRAINING, usual=usual_config(own))
        unlabelled = {"unlabelled": texts.unlabelled_texts} if options.unlabelled else {}
        named = [str(name) for name in (options.file or options.dataset, options.unlabelled) if name]
        run.check_data(" with ".join(named), data_sums(texts.published, **unlabelled))
        keep_tokenizer(where, texts.tokenizer)
        reader = build_model(own, texts.tokenizer, self.model.labels)
        nats = pretrain(reader, texts.all_training_texts(), texts.validation, run, own)
        for layer in ("embed", "recurrence"):
            getattr(self.model, layer).set_weights(getattr(reader, layer).get_weights())
        print(f"language model: {nats:.4f} nats a token on the validation texts ({run.folder})", flush=True)

    def load_best(self) -> None:
        """Put the weights of the best epoch into the model, with the temperature that suits the validation texts."""
        super().load_best()
        if self.options.calibrate:
            held = self.inputs.data.validation
            calibrate(self.model, held.texts, held.labels)


def error(targets: Any, logits: Any) -> Any:
    """1 where the likeliest class is another than the target's, else 0."""
    wrong = keras.ops.argmax(logits, axis=-1) != keras.ops.argmax(targets, axis=-1)
    return keras.ops.cast(wrong, "float32")
