"""What fitting a translator takes: the tokenizer, the batches, the model, the run, the scores in between."""

from typing import TYPE_CHECKING

import keras

from rnn_models.losses import SmoothedCrossEntropy
from rnn_models.tasks.translation import END, START, Translator
from rnn_models.text.tokenizers import SubwordTokenizer
from training.core import distribution
from training.core.environment import hardware, software
from training.core.fit import fit_epochs
from training.core.options import begin, make_optimizer
from training.core.run import Recorder, Run, keep_tokenizer
from training.data.batches import PairBatches
from training.translation.inputs import SampledBatches, Texts

if TYPE_CHECKING:
    from training.data.records import PairData
    from training.translation.config import Train


SAMPLES = 5
"""So many validation sentences are shown with their translations after each epoch."""

SCORED = 500
"""The BLEU of an epoch is that of so many validation sentences."""


def build_model(options: "Train", tokenizer: SubwordTokenizer, data: "PairData") -> Translator:
    """The model of these options, with its weights made."""
    names = ("cell", "units", "layers", "bidirectional", "embedding", "attention", "attention_units")
    names += ("informed", "input_feeding", "reverse_source", "tied", "dropout", "recurrent_dropout")
    chosen = {name: getattr(options, name) for name in names}
    model = Translator(tokenizer, data.source_language, data.target_language, **chosen)
    model.build()
    return model


class Fitting:
    """Everything that `fit` needs for one seed, built; and the fit."""

    def __init__(self, options: "Train", texts: Texts, run: Run, devices: distribution.Distribution):
        self.options, self.texts, self.run, self.devices = options, texts, run, devices
        begin(options)
        self._make_batches()
        with devices.scope():
            self.model = build_model(options, texts.tokenizer, texts.data)
            self.trainer = _trainer(self.model, bool(options.scheduled_sampling))
            total = options.epochs * len(self.batches)
            optimizer = make_optimizer(options, total, devices.replicas if devices.local else 1)
            self.trainer.compile(optimizer, SmoothedCrossEntropy(options.label_smoothing))
            self.trainer.optimizer.build(self.trainer.trainable_variables)
        if options.resume:
            run.restore(self.model, self.trainer.optimizer)

    def _make_batches(self) -> None:
        options, texts = self.options, self.texts
        around = (texts.tokenizer.id_of(START), texts.tokenizer.id_of(END), options.batch_size)
        rows = self.devices.rows(options.batch_size)
        make, more = PairBatches, {}
        if options.scheduled_sampling:
            make, more = SampledBatches, {"rate": options.scheduled_sampling, "epochs": options.epochs}
        self.batches = make(texts.train(), *around, seed=options.seed, rows=rows, **more)
        more = more and more | {"rate": 0.0}
        self.validation = make(texts.validation(), *around, rows=rows, **more)

    def fit(self) -> None:
        """Run the epochs that are left."""
        state, options = self.run.state, self.options
        if state.stopped or state.epoch >= options.epochs:
            return
        self.run.begin()
        if self.devices.writer:
            keep_tokenizer(self.run.folder, self.texts.tokenizer)
            print(_headline(options, self.texts, self.model, self.batches, self.run), flush=True)
        writing = Writing(self.model, self.texts.data)
        recorder = Recorder(self.run, self.model, "val_error", options.patience, writing.sample)
        fit_epochs(self.trainer, self.batches, self.validation, [writing, recorder], options, self.run, self.devices)


class Writing(keras.callbacks.Callback):
    """Translates validation sentences after each epoch: "val_error" is 1 − BLEU / 100 of the greedy translations.

    The epoch that is kept is the best by this, not by the loss, which grows again while the translations still
    become better. It must come before the `Recorder`.
    """

    def __init__(self, kept: Translator, data: "PairData"):
        super().__init__()
        self.kept, self.data, self.written = kept, data, []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        from training.translation.evaluate import main_bleu, translated

        validation = self.data.validation
        self.written = translated(self.kept, validation.sources[:SCORED], beam=1)
        bleu = main_bleu(self.written, validation.targets[:SCORED], self.data.target_language)
        logs["val_error"] = max(0.0, 1 - bleu / 100)
        print(f"greedy BLEU on {len(self.written)} validation sentences: {bleu:.2f}", flush=True)

    def sample(self, epoch: int) -> str:
        """Some sentences with the given and the written translation."""
        validation = self.data.validation
        rows = zip(validation.sources[:SAMPLES], validation.targets, self.written, strict=False)
        return "\n\n".join(f"  {source}\n= {target}\n> {written}" for source, target, written in rows)


def _trainer(model: Translator, sampled: bool) -> keras.Model:
    names = ("source", "source_mask", "target") + (("replace",) if sampled else ())
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    replace = inputs.get("replace")
    logits = model(inputs["source"], inputs["target"], source_mask=inputs["source_mask"], replace=replace)
    return keras.Model(inputs, logits)


def _headline(options: "Train", texts: Texts, model: Translator, batches: PairBatches, run: Run) -> str:
    left_out = len(texts.data.train.sources) - len(texts.kept)
    more = f" ({left_out:,} longer than {options.train_tokens} tokens are left out)" if left_out else ""
    return (
        f"{options.name}: {len(texts.kept):,} pairs{more}, vocabulary {len(texts.tokenizer):,}; "
        f"{model.count_params():,} parameters; {len(batches)} batches of {options.batch_size} an epoch, "
        f"{100 * batches.padding:.0f} % padding; seed {options.seed}; {hardware()}; {software()}\n"
        f"run folder: {run.folder}"
    )
