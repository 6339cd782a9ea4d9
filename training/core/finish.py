"""The end of a training: every seed scored, the best on validation shipped, with scores.json and card."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras

from rnn_models.bundles import save_bundle
from rnn_models.files import write_json
from training.core.export import DIGITS, about_run, brief, round_weights
from training.core.fit import Fitting
from training.core.options import FitOptions
from training.core.seeds import spread


class Finish:
    """Scores each seed's best weights, writes scores.json and, with --export, the best seed's bundle.

    The seed is chosen on the validation split. For a bundle the weights are first rounded to float16, as they are
    shipped: the scores are those of the bundle as anyone loads it.

    A task's subclass says what is its own, in the hooks: `score`, `value`, `summary` and `card`, and where it needs
    them `over_seeds`, `about`, `add_baselines`, `more`, `words`, `bundled`.

    Args:
        options: of the first seed.
        inputs: what the fittings share; `inputs.data` has `name`, `source` and `licence`.
        fittings: one a seed, fitted.
        command: the command line that made the run.
    """

    splits: Sequence[str] = ("validation", "test")
    digits = DIGITS
    """So many binary digits of the matrices are shipped: see `round_weights`."""

    def __init__(self, options: FitOptions, inputs: Any, fittings: Sequence[Fitting], command: str):
        self.options, self.inputs, self.fittings, self.command = options, inputs, fittings, command
        self.data = inputs.data

    # Hooks ---------------------------------------------------------------------------------------------

    def score(self, model: keras.Model, split: str) -> dict[str, Any] | None:
        """The scores of a split; None where it cannot be scored."""
        raise NotImplementedError

    def value(self, validation: dict[str, Any]) -> float:
        """What the seed is chosen by, of its scores on validation; larger is better."""
        raise NotImplementedError

    def summary(self, split: str, scores: dict[str, Any]) -> str:
        """One line that says the scores of a split."""
        raise NotImplementedError

    def over_seeds(self, seeds: list[dict[str, Any]]) -> dict[str, Any]:
        """What scores.json says of all seeds, each with its "seed" and its splits' scores."""
        return {"seeds": [brief_seed(seed) for seed in seeds]}

    def seeds_summary(self, scores: dict[str, Any]) -> str | None:
        """One line about several seeds."""
        return None

    def about(self) -> dict[str, Any]:
        """What scores.json says of the data besides name, source and licence."""
        return {"notes": self.data.notes}

    def add_baselines(self, model: keras.Model, scores: dict[str, Any]) -> None:
        """Put the scores of simpler models beside those of this one."""

    def more(self) -> dict[str, Any]:
        """What scores.json says at its end."""
        return {}

    def words(self) -> Iterable[str]:
        """The words of the training text, where the bundle keeps them."""
        return ()

    def bundled(self, model: keras.Model) -> keras.Model:
        """The model that the bundle holds."""
        return model

    def card(self, fitting: Fitting, scores: dict[str, Any]) -> str:
        """The bundle's README."""
        raise NotImplementedError

    # The end of a training -----------------------------------------------------------------------------

    def finish(self) -> dict[str, Any]:
        """Score, choose, write; gives what scores.json holds."""
        options = self.options
        seeds = [self._seed_scores(fitting) for fitting in self.fittings]
        best = max(range(len(seeds)), key=lambda n: self.value(seeds[n]["validation"]))
        chosen, fitting = seeds[best], self.fittings[best]
        scores: dict[str, Any] = {
            **{split: chosen[split] for split in self.splits if split in chosen},
            "seed": chosen["seed"],
            **self.over_seeds(seeds),
            "dataset": self.data.name,
            "source": self.data.source,
            "licence": self.data.licence,
            "data_sums": self.fittings[0].run.sums,
            **self.about(),
            **about_run(fitting.model, fitting.run.state, sum(f.seconds for f in self.fittings), bool(options.export)),
            "command": self.command,
            **self.more(),
        }
        line = self.seeds_summary(scores)
        if len(seeds) > 1 and line:
            print(line, flush=True)
        self.add_baselines(fitting.model, scores)
        write_json(options.run_dir / "scores.json", scores)
        if options.export:
            card = self.card(fitting, scores)
            save_bundle(self.bundled(fitting.model), options.export, scores, card, words=self.words())
            print(f"bundle: {options.export}", flush=True)
        return scores

    def _seed_scores(self, fitting: Fitting) -> dict[str, Any]:
        seed = fitting.options.seed
        fitting.load_best()
        if self.options.export:
            round_weights(fitting.model, self.digits)
        scores: dict[str, Any] = {"seed": seed}
        for split in self.splits:
            found = self.score(fitting.model, split)
            if found is not None:
                scores[split] = found
                print(f"seed {seed}: {self.summary(split, found)}", flush=True)
        return scores


def brief_seed(seed: dict[str, Any]) -> dict[str, Any]:
    """The plain numbers of a seed's splits."""
    return {name: brief(value) if isinstance(value, dict) else value for name, value in seed.items()}


def spreads(seeds: list[dict[str, Any]], split: str, keys: Sequence[str]) -> dict[str, dict[str, float]]:
    """The spread of some scores of a split over the seeds."""
    return {key: spread([seed[split][key] for seed in seeds]) for key in keys}
