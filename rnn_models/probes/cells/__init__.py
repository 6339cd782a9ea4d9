"""What a cell knows: units of a recurrent network that follow something in the text that it reads.

    found = search(model, text, ["line_position", matching(r"\\d+")])
    found[0].best                     # the unit, and its score on the half that did not choose it

The parts: `hypotheses` label a text, `reading` writes down the states, `scores` compares the two, `linear_probes` asks
all units together, `ablation` takes a unit away, `searching` joins them.
"""

from rnn_models.lazy_imports import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "rnn_models.probes.cells.ablation": ("Ablation", "ablate"),
        "rnn_models.probes.cells.hypotheses": ("HYPOTHESES", "Hypothesis", "hypothesis_of", "matching"),
        "rnn_models.probes.cells.linear_probes": ("linear_probe",),
        "rnn_models.probes.cells.patterns": ("PatternError",),
        "rnn_models.probes.cells.reading": ("Reading", "read", "untrained"),
        "rnn_models.probes.cells.searching": ("Finding", "Ranked", "rank", "search"),
        "rnn_models.probes.cells.units": ("Unit",),
    },
)
