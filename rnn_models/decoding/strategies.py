"""How the next token is chosen: what a person asks for, checked. `rnn_models.decoding.decoder` carries it out."""

from dataclasses import dataclass

import numpy as np

from rnn_models.checks import check_count, is_integer, is_number


@dataclass(frozen=True)
class Greedy:
    """The likeliest token at every step."""


@dataclass(frozen=True)
class Sample:
    """A token drawn from softmax(logits / temperature), cut to the likeliest ones.

    Args:
        temperature: above 0; 1 is the model's own distribution. Towards 0 it becomes the argmax (0 itself
            is taken as that limit), towards infinity uniform.
        top_k: keep the `top_k` likeliest tokens, and those as likely as the last of them.
        top_p: of what `top_k` left, keep every token such that the likelier ones together have a
            probability below `top_p` (nucleus sampling; Holtzman et al., 2020, arXiv:1904.09751).
        seed: 0 or more. Row i of a batch draws its own uniform numbers, one a step, from
            `numpy.random.PCG64(seed).jumped(i)`: the same tokens on every backend and in every batch.
            None takes a fresh seed at every call.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    seed: int | None = None

    def __post_init__(self):
        if not (is_number(self.temperature) and 0 <= self.temperature < np.inf):
            raise ValueError(
                f"temperature={self.temperature!r}; expected a number of 0 or more (0 is the argmax, 1 the "
                "model's own distribution)."
            )
        if self.top_k is not None:
            check_count("top_k", self.top_k, advice="Take None to keep all tokens.")
        if self.top_p is not None and not (is_number(self.top_p) and 0 < self.top_p <= 1):
            raise ValueError(f"top_p={self.top_p!r}; expected a probability in (0, 1]. Take None to keep all tokens.")
        if self.seed is not None and not (is_integer(self.seed) and self.seed >= 0):
            raise ValueError(f"seed={self.seed!r}; expected an integer of 0 or more, or None for a fresh one.")


@dataclass(frozen=True)
class Beam:
    """The `width` best sequences found by keeping the `width` best beginnings at every step.

    A sequence y of n tokens (its end token counted) is worth log p(y) / ((5 + n) / 6)^length_penalty
    (Wu et al., 2016, arXiv:1609.08144, eq. 14). Ended sequences keep their place in the beam as long as
    nothing better turns up; width 1 is greedy. Each width is compiled once.
    """

    width: int = 5
    length_penalty: float = 0.0

    def __post_init__(self):
        check_count("width", self.width, advice="Width 1 is greedy search, 4 to 10 are usual.")
        if not (is_number(self.length_penalty) and 0 <= self.length_penalty < np.inf):
            raise ValueError(
                f"length_penalty={self.length_penalty!r}; expected a number of 0 or more (0 favours short "
                "sequences, about 0.6 to 1 is usual for translation)."
            )


def search_strategy(beam: int, length_penalty: float, sample: Sample | None = None) -> Greedy | Sample | Beam:
    """How text is searched for: at random where `sample` is given, else by a beam; a beam of 1 is greedy."""
    return sample or (Greedy() if beam == 1 else Beam(beam, length_penalty))
