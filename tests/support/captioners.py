"""Captioners of random weights, in all forms, and features for them."""

from rnn_models import Captioner, WordTokenizer
from rnn_models.tasks.captioning import INJECTIONS
from tests.support.helpers import BACKEND, normal, writing

WORDS = WordTokenizer(["a", "dog", "runs", "two", "dogs", "on", "the", "grass", "red", "ball"], ("<s>", "</s>"))
START, END = WORDS.id_of("<s>"), WORDS.id_of("</s>")
DEPTH, PLACES = 7, (2, 3)
COUNT = PLACES[0] * PLACES[1]
FORMS = {
    **{f"{inject}": {"inject": inject, "attention": "none"} for inject in INJECTIONS},
    "soft": {},
    "hard": {"attention": "hard", "gate": False},
    "soft_merge": {"inject": "merge", "cell": "gru", "tied": False, "informed": False},
    "soft_per_step": {"inject": "per_step", "cell": "vanilla", "features": 0},
}
if BACKEND != "tensorflow":  # each form compiles its own programs
    FORMS = {form: FORMS[form] for form in ("first", "soft", "hard", "soft_per_step")}
GRIDS = normal(3, COUNT, DEPTH, seed=5) ** 2


def small(form="soft", ends=1.0, **options):
    """A captioner of random weights that ends its sentences before long."""
    sizes = {"units": 6, "embedding": 5, "attention_units": 4, "features": 5, "max_words": 12}
    model = Captioner(WORDS, DEPTH, PLACES, **sizes | FORMS.get(form, {}) | options)
    return writing(model, 0.8, len(WORDS), END, ends)
