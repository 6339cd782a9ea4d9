"""Several captioners that write one caption together."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from keras import ops

from rnn_models.decoding.decoder import Decoder
from rnn_models.decoding.strategies import search_strategy
from rnn_models.padding import BATCH_SIZES
from rnn_models.tasks.captioning import Captioner


class Ensemble:
    """p(word | picture, words before) is the mean over the models' p.

    Args:
        models: captioners with the same words and the same encoder.

    Raises:
        ValueError: none, or models that differ in their words or in what they see.
    """

    def __init__(self, models: Sequence[Captioner]):
        if not models:
            raise ValueError("There are no captioners; expected at least one.")
        first = models[0]
        for other in models[1:]:
            if other.tokenizer.get_config() != first.tokenizer.get_config():
                raise ValueError("The captioners have different words; only those with the same can write together.")
            if other.encoder().identity != first.encoder().identity:
                raise ValueError("The captioners see through different encoders; expected the same for all.")
        self.models = list(models)
        self._decoder = Decoder(self._step, self.models, end_token=first.end, forbidden=first.forbidden)

    def encoder(self) -> Any:
        """Theirs."""
        return self.models[0].encoder()

    def describe(self, grid: np.ndarray, beam: int = 5, length_penalty: float = 1.0) -> list[SimpleNamespace]:
        """The captions of encoded pictures, (N, L, Dv), each with its `text`."""
        first, strategy = self.models[0], search_strategy(beam, length_penalty)
        found = []
        for start in range(0, len(grid), BATCH_SIZES[-1]):
            part = grid[start : start + BATCH_SIZES[-1]]
            states = [model.states_of(part) for model in self.models]
            begin = np.full(len(states[0][0][0]), first.start, dtype=np.int32)
            decoded = self._decoder.generate(begin, states, strategy, first.settings["max_words"])
            rows = (decoded.tokens[row, decoded.steps(row)] for row in range(len(part)))
            found += [SimpleNamespace(text=first.tokenizer.decode(row), attention=None) for row in rows]
        return found

    def _step(self, tokens: Any, states: list) -> tuple[Any, list]:
        steps = [model.step(tokens, own) for model, own in zip(self.models, states, strict=True)]
        logs = [model.next_log_probs(logits) for model, (logits, *_) in zip(self.models, steps, strict=True)]
        return ops.logsumexp(ops.stack(logs), axis=0), [after for _, after, *_ in steps]
