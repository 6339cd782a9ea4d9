"""How a translator is fitted, and the BLEU of its greedy translations after each epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras

from rnn_models.losses import SmoothedCrossEntropy
from rnn_models.tasks.translation import END, START, Translator
from rnn_models.text.tokenizers import SubwordTokenizer
from training.core import fit
from training.core.environment import hardware, software
from training.data.batches import PairBatches
from training.metrics.translation import translation_scores
from training.translation.inputs import SampledBatches

if TYPE_CHECKING:
    from training.data.records import PairData
    from training.translation.config import Train


SAMPLES = 5
"""So many validation sentences are shown with their translations after each epoch."""

SCORED = 500
"""The BLEU of an epoch is that of so many validation sentences."""

TOGETHER = 512
"""So many sentences are handed to the model at once; it sorts them by length."""

BY_CHARACTERS = ("ko", "ja", "zh", "th", "digits")
"""Languages whose words change their endings, or have no spaces between them."""


def build_model(options: "Train", tokenizer: SubwordTokenizer, data: "PairData") -> Translator:
    """The model of these options, with its weights made."""
    names = ("cell", "units", "layers", "bidirectional", "embedding", "attention", "attention_units")
    names += ("informed", "input_feeding", "reverse_source", "tied", "dropout", "recurrent_dropout")
    chosen = {name: getattr(options, name) for name in names}
    model = Translator(tokenizer, data.source_language, data.target_language, **chosen)
    model.build()
    return model


class Fitting(fit.Fitting):
    """The fit of one seed."""

    def make_batches(self, rows: slice) -> tuple[PairBatches, PairBatches]:
        options, texts = self.options, self.inputs
        around = (texts.tokenizer.id_of(START), texts.tokenizer.id_of(END), options.batch_size)
        if not options.scheduled_sampling:
            return (
                PairBatches(texts.train(), *around, seed=options.seed, rows=rows),
                PairBatches(texts.validation(), *around, rows=rows),
            )
        rate, epochs = options.scheduled_sampling, options.epochs
        return (
            SampledBatches(texts.train(), *around, seed=options.seed, rows=rows, rate=rate, epochs=epochs),
            SampledBatches(texts.validation(), *around, rows=rows, rate=0.0, epochs=epochs),
        )

    def make_model(self) -> Translator:
        return build_model(self.options, self.inputs.tokenizer, self.inputs.data)

    def make_trainer(self) -> keras.Model:
        names = ("source", "source_mask", "target") + (("replace",) if self.options.scheduled_sampling else ())
        inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
        replace = inputs.get("replace")
        logits = self.model(inputs["source"], inputs["target"], source_mask=inputs["source_mask"], replace=replace)
        return keras.Model(inputs, logits)

    def loss(self) -> keras.losses.Loss:
        return SmoothedCrossEntropy(self.options.label_smoothing)

    def callbacks(self) -> list[keras.callbacks.Callback]:
        self.validation_bleu = ValidationBLEU(self.model, self.inputs.data)
        return [self.validation_bleu]

    def sample(self, epoch: int) -> str:
        return self.validation_bleu.sample()

    def headline(self) -> str:
        options, texts, batches = self.options, self.inputs, self.batches
        left_out = len(texts.data.train.sources) - len(texts.kept)
        more = f" ({left_out:,} longer than {options.train_tokens} tokens are left out)" if left_out else ""
        return (
            f"{options.name}: {len(texts.kept):,} pairs{more}, vocabulary {len(texts.tokenizer):,}; "
            f"{self.model.count_params():,} parameters; {len(batches)} batches of {options.batch_size} an epoch, "
            f"{100 * batches.padding:.0f} % padding; seed {options.seed}; {hardware()}; {software()}\n"
            f"run folder: {self.run.folder}"
        )


class ValidationBLEU(keras.callbacks.Callback):
    """Translates validation sentences after each epoch: "val_error" is 1 − BLEU / 100 of the greedy translations.

    The epoch that is kept is the best by this, not by the loss, which grows again while the translations still
    become better. It must come before the `Recorder`.
    """

    def __init__(self, translator: Translator, data: "PairData"):
        super().__init__()
        self.translator, self.data = translator, data
        self.translations: list[str] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        validation = self.data.validation
        self.translations = translated(self.translator, validation.sources[:SCORED], beam=1)
        bleu = main_bleu(self.translations, validation.targets[:SCORED], self.data.target_language)
        logs["val_error"] = max(0.0, 1 - bleu / 100)
        print(f"greedy BLEU on {len(self.translations)} validation sentences: {bleu:.2f}", flush=True)

    def sample(self) -> str:
        """Some sentences with the given translation and the model's."""
        validation = self.data.validation
        rows = zip(validation.sources[:SAMPLES], validation.targets, self.translations, strict=False)
        return "\n\n".join(f"  {source}\n= {target}\n> {ours}" for source, target, ours in rows)


def translated(model: Translator, sentences: Sequence[str], beam: int = 5, length_penalty: float = 1.0) -> list[str]:
    """The translation of each sentence."""
    found: list[str] = []
    for start in range(0, len(sentences), TOGETHER):
        part = list(sentences[start : start + TOGETHER])
        found += [result.text for result in model.translate(part, beam=beam, length_penalty=length_penalty)]
    return found


def main_score(language: str) -> str:
    """The score that decides: BLEU by words, or by characters where words are not what counts."""
    return "bleu_char" if language in BY_CHARACTERS else "bleu"


def main_bleu(found: Sequence[str], wanted: Sequence[str], language: str) -> float:
    """The BLEU that decides, of 0 to 100."""
    return translation_scores(list(found), list(wanted), language)[main_score(language)]
