"""What a cell knows: units of a recurrent network that follow something in the text that it reads.

    found = search(model, text, ["line_position", matching(r"\\d+")])
    found[0].best                     # the unit, and its score on the half that did not choose it

The parts: `hypotheses` label a text, `reading` writes down the states, `scores` compares the two, `linear_probe` asks
all units together, `ablation` takes a unit away, `searching` joins them.
"""

from rnn_models.probes.cells.ablation import Ablation, ablate
from rnn_models.probes.cells.hypotheses import HYPOTHESES, Hypothesis, hypothesis_of, matching
from rnn_models.probes.cells.linear_probe import linear_probe
from rnn_models.probes.cells.patterns import PatternError
from rnn_models.probes.cells.reading import Reading, read, untrained
from rnn_models.probes.cells.searching import Finding, Ranked, rank, search
from rnn_models.probes.cells.units import Unit

__all__ = [
    "HYPOTHESES",
    "Ablation",
    "Finding",
    "Hypothesis",
    "PatternError",
    "Ranked",
    "Reading",
    "Unit",
    "ablate",
    "hypothesis_of",
    "linear_probe",
    "matching",
    "rank",
    "read",
    "search",
    "untrained",
]
