"""The captioners at work: which there are, a picture described, drawn from, steered; for the page and for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.captioning import PAGE
from apps.captioning.labels import ATTENTIONS, INJECTIONS
from apps.shared import beam_search, model_titles, models, pictures, validation
from apps.shared.languages import label
from apps.shared.pictures import Photograph

if TYPE_CHECKING:
    from rnn_models.tasks.captioning import Caption

TASK = PAGE.task
SAMPLES_LIMIT = 8
TEMPERATURES = (0.2, 2.0)
TEMPERATURE = 0.5  # that of self-critical training: at 1 the words do not keep together

CONCURRENCY = PAGE.concurrency


# Which models there are ------------------------------------------------------------------------------


def settings(name: str) -> dict[str, Any]:
    """What a model's bundle says of it, without loading it."""
    return models.settings(name, TASK)


def attention_of(name: str) -> str:
    """The kind of attention that a model has: "soft", "hard" or "none"; "" for a broken bundle."""
    return str(settings(name).get("attention", ""))


def with_attention(names: list[str], *kinds: str) -> list[str]:
    """The models among these that have attention, or attention of certain kinds."""
    return [name for name in names if attention_of(name) in (kinds or ("soft", "hard"))]


def by_injection(names: list[str]) -> dict[str, str]:
    """For each way in which the picture enters the first model without attention, where there is one."""
    plain = {settings(name).get("inject"): name for name in reversed(names) if attention_of(name) == "none"}
    return {inject: plain[inject] for inject in INJECTIONS if inject in plain}


def is_scene_model(name: str) -> bool:
    """Whether a model was trained on drawn scenes, and not on photographs."""
    return "scenes" in name


def title(name: str) -> str:
    """How a model of photographs uses the picture, or which other pictures a model knows; plain text."""
    data = model_titles.of_data(PAGE, name)
    if data:
        return data
    kind, inject = attention_of(name), settings(name).get("inject")
    if kind == "none" and inject in INJECTIONS:
        return label(*INJECTIONS[inject])
    return label(*ATTENTIONS[kind]) if kind in ATTENTIONS else model_titles.short(name)


def choices(names: list[str]) -> list[tuple[str, str]]:
    """What a menu of models shows, and the name behind it."""
    return model_titles.choices(PAGE, names)


# What a visitor may send -----------------------------------------------------------------------------


def sampling_options(samples: float | None, temperature: float | None) -> tuple[int, float]:
    """How many captions are drawn at random, and at which temperature."""
    return (
        validation.whole_number(samples, 0, SAMPLES_LIMIT, "The number of samples", "표본 수", "samples"),
        validation.number(temperature, *TEMPERATURES, "The temperature", "온도", "temperature"),
    )


def get_model(model: str) -> tuple[str, Any]:
    """The model of that name, or for "" the one that the page opens with."""
    name = model or models.first(PAGE)
    return name, models.get(name, TASK)


# At work ---------------------------------------------------------------------------------------------


def describe(photograph: Photograph, loaded: Any, **options: Any) -> "Caption":
    """A model's caption of a picture; `options` are as in `Captioner.describe`."""
    seen = photograph.encoded_by(loaded)
    (found,) = loaded.describe(seen.grid, seen.pooled, **options)
    return found


def draw_samples(
    photograph: Photograph, loaded: Any, samples: int, temperature: float, seed: int | None = None
) -> list["Caption"]:
    """Captions drawn at random, the likeliest first; without a seed, others each time."""
    from rnn_models import Sample

    if not samples:
        return []
    # All in one batch, of a size that is compiled once, however many are wanted.
    grid = np.repeat(photograph.encoded_by(loaded).grid, SAMPLES_LIMIT, axis=0)
    found = loaded.describe(grid, sample=Sample(temperature, seed=seed))
    return sorted(found[:samples], key=lambda caption: -caption.log_prob)


def greedy_and_steered(
    picture: str | None, model: str, at: float | None, place: float | None
) -> tuple[str, Any, Photograph, "Caption", "Caption"]:
    """The model's name, the model, the picture, its greedy caption as it is, and as it becomes."""
    photograph = pictures.open_photograph(picture)
    with validation.user_errors():
        name, loaded = get_model(model)
        before = describe(photograph, loaded, beam=1)
        if before.attention is None:
            raise validation.no_attention(name)
        at = validation.whole_number(at, 0, len(before.tokens) - 1, "The word to be written", "쓸 낱말")
        places = int(np.prod(before.grid))
        place = validation.whole_number(place, 0, places - 1, "The place in the picture", "볼 칸")
        return name, loaded, photograph, before, loaded.steer(photograph.encoded_by(loaded).grid[0], at, place)


# For programs ----------------------------------------------------------------------------------------


def list_models() -> list[str]:
    """The names of the trained captioners."""
    return models.available(TASK)


def caption_image(
    picture: str,
    model: str = "",
    beam: int = 5,
    length_penalty: float = 1.0,
    samples: int = 0,
    temperature: float = TEMPERATURE,
) -> dict:
    """Say in a sentence what a picture shows, and where the network looked for each word.

    Args:
        picture: a file, JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 MB and 64 million pixels.
        model: a name that `captioning_models` gives; "" takes the one that the page opens with.
        beam: how many beginnings are kept at a time, 1 (greedy search) to 10.
        length_penalty: 0 to 2; the higher, the longer the captions that are preferred.
        samples: how many more captions are drawn at random, 0 to 8.
        temperature: that of these, 0.2 to 2; the higher, the more varied they are.

    Returns:
        `text`, `score`; `words` with their `probabilities`; for a model with attention `attention` (a row of weights
        for each word, one for each place), `grid` (its rows and columns), `region` (the part of the picture that lies
        under it: left, top, width, height as shares) and `entropy` in bits; `alternatives`, the beam's captions;
        `samples`; `strangeness`, its `limit`, `strange` and `nearest`, the training picture that looks most alike
        (its `caption` and its `likeness`), all null for a model that cannot tell; the `model`.
    """
    return caption_all([picture], model, beam, length_penalty, samples, temperature)[0]


def caption_all(
    paths: Sequence[str],
    model: str = "",
    beam: int = 5,
    length_penalty: float = 1.0,
    samples: int = 0,
    temperature: float = TEMPERATURE,
) -> list[dict[str, Any]]:
    """What `caption_image` gives for each picture; all are encoded and described together.

    Raises:
        gr.Error: a file is no picture or too large, an argument is out of its bounds, or there is no such model.
    """
    options, (count, temperature) = (
        beam_search.search_options(beam, length_penalty),
        sampling_options(samples, temperature),
    )
    with validation.user_errors():
        name, loaded = get_model(model)
        photographs = pictures.open_photographs(paths, loaded)
        seen = [photograph.encoded_by(loaded) for photograph in photographs]
        grid, pooled = np.concatenate([one.grid for one in seen]), np.concatenate([one.pooled for one in seen])
        answers = []
        for photograph, found in zip(photographs, loaded.describe(grid, pooled, **options), strict=True):
            others = draw_samples(photograph, loaded, count, temperature)
            drawn = [{"text": other.text, "score": round(other.search_score, 4)} for other in others]
            answers.append({**_answer(found, photograph, loaded), "samples": drawn, "model": name})
    return answers


def steer_caption(picture: str, at: int, place: int, model: str = "") -> dict:
    """The greedy caption of a picture, made to look at one place while it writes one word.

    Args:
        picture: as for `caption_image`.
        at: the number of the word in the caption, from 0.
        place: the number of the place, from 0, row by row.
        model: the name of a model with attention; "" takes the one that the page opens with.

    Returns:
        `before` and `after`, each as `caption_image` gives a caption, and the `model`.
    """
    name, loaded, photograph, before, after = greedy_and_steered(picture, model, at, place)
    return {
        "before": _answer(before, photograph, loaded),
        "after": _answer(after, photograph, loaded),
        "model": name,
    }


def _answer(caption: "Caption", photograph: Photograph, loaded: Any) -> dict:
    looked, nearest = caption.attention is not None, caption.nearest
    measured = caption.strangeness is not None
    return {
        "text": caption.text,
        "score": round(caption.search_score, 4),
        "words": caption.tokens,
        "probabilities": np.round(caption.probabilities.astype(float), 6).tolist(),
        "attention": np.round(caption.attention.astype(float), 5).tolist() if looked else None,
        "grid": list(caption.grid) if looked else None,
        "region": [round(share, 5) for share in photograph.region(loaded)] if looked else None,
        "entropy": np.round(caption.attention_entropy, 4).tolist() if looked else None,
        "alternatives": [{"text": text, "score": round(score, 4)} for text, score in caption.alternatives],
        "strangeness": round(caption.strangeness, 4) if measured else None,
        "limit": round(caption.strangeness_limit, 4) if measured else None,
        "strange": caption.strange if measured else None,
        "nearest": nearest and {"caption": nearest.caption, "likeness": round(nearest.likeness, 4)},
    }
