"""What each command of the terminal does. The pages' modules, whose import takes seconds, are imported on use."""

import json
import os
import re
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.cli.files import Output, ProblemError, UsageError, check_input, lines_of, progress, text_of
from apps.shared import models

AUTO = "auto"
LINES_TOGETHER = {"classify": 256, "translate": 64}
"""So many lines are given to the model at once."""

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
"""What counts as a picture in a folder."""


_NOTICE = re.compile(r"[IW]\d{4} |WARNING: All log messages before absl")


def generate(chosen: Namespace) -> None:
    """Continue the prompt."""
    model = model_named(chosen.model, chosen.task)
    _check_source(chosen)
    from apps.char_lm import inference as char_lm_inference

    how = {name: getattr(chosen, name) for name in ("temperature", "top_k", "top_p", "seed")}
    with _refused_as(UsageError):
        char_lm_inference.checked("", chosen.length)
        char_lm_inference.sampling_from(**how)
    with Output(chosen.output) as out:
        prompt = chosen.text
        if prompt is None:
            prompt = re.sub(r"\r?\n\Z", "", text_of(chosen.input))
        wake()
        with _refused_as(ProblemError):
            text = char_lm_inference.generate(prompt, model, chosen.length, **how)
        found = {"prompt": prompt, "text": text, "model": model, "length": chosen.length, **how}
        if chosen.json:
            _write_json(out, found)
        else:
            out.write(f"{text}\n", "replace")


def classify(chosen: Namespace) -> None:
    """Label each line."""
    model = model_named(chosen.model, chosen.task)
    _check_source(chosen)
    from apps.sentiment import inference as sentiment_inference

    def answers(texts: Sequence[str]) -> list[dict]:
        return sentiment_inference.classify_all(texts, model)

    _line_by_line(
        chosen, sentiment_inference.checked, answers, lambda found: f"{found['label']}\t{found['probability']:.4f}"
    )


def translate(chosen: Namespace) -> None:
    """Translate each line."""
    model = model_named(chosen.model, chosen.task)
    _check_source(chosen)
    from apps.translation import inference as translation_inference

    with _refused_as(UsageError):
        translation_inference.search(chosen.beam, chosen.length_penalty)

    def answers(texts: Sequence[str]) -> list[dict]:
        return translation_inference.translate_all(texts, model, chosen.beam, chosen.length_penalty)

    _line_by_line(chosen, translation_inference.checked, answers, lambda found: _one_line(found["text"]))


def caption(chosen: Namespace) -> None:
    """Describe each picture."""
    model = model_named(chosen.model, chosen.task)
    if chosen.samples and not chosen.json:
        raise UsageError("--samples are shown with --json only: add it.")
    if chosen.temperature is not None and not chosen.samples:
        raise UsageError("--temperature is that of the --samples: say how many.")
    paths = pictures_in(chosen.pictures)
    from apps.captioning import inference as captioning_inference

    temperature = captioning_inference.TEMPERATURE if chosen.temperature is None else chosen.temperature
    with _refused_as(UsageError):
        captioning_inference.search(chosen.beam, chosen.length_penalty)
        captioning_inference.variety(chosen.samples, temperature)
    how = (model, chosen.beam, chosen.length_penalty, chosen.samples, temperature)
    with Output(chosen.output) as out:
        paths = _sound(paths, chosen.skip_broken, out)
        with progress(len(paths), "pictures", out) as bar:
            wake()
            for path in paths:
                with _refused_as(ProblemError, f"{path}: "):
                    found = captioning_inference.caption_image(str(path), *how)
                if chosen.json:
                    _write_json(out, {"picture": str(path), **found})
                else:
                    out.write(f"{path}\t{_one_line(found['text'])}\n")
                bar.advance(1)


# Models ----------------------------------------------------------------------------------------------


def model_named(name: str, task: str) -> str:
    """The full name of a model, of which the task may be left out; for "" that of the one that the page opens with.

    Raises:
        ProblemError: there is no such model.
    """
    names = models.available(task)
    if not names:
        raise ProblemError(no_model(task))
    if not name:
        return models.first(task)
    if name in names or (name == AUTO and task == "sentiment"):
        return name
    if f"{task}/{name}" in names:
        return f"{task}/{name}"
    raise ProblemError(f"There is no model {name!r}; expected one of: {', '.join(names)}.")


def wake() -> None:
    """Import Keras and its backend without TensorFlow's notices, which no setting silences."""
    if "keras" in sys.modules:
        return
    with tempfile.TemporaryFile() as said:
        screen = os.dup(2)  # they come from its C++ part, past `sys.stderr`
        os.dup2(said.fileno(), 2)
        try:
            import keras  # noqa: F401
        finally:
            os.dup2(screen, 2)
            os.close(screen)
            said.seek(0)
            for line in said.read().decode(errors="replace").splitlines():
                if not _NOTICE.match(line):
                    print(line, file=sys.stderr)


def no_model(task: str) -> str:
    """What is said where no model of a task is."""
    from rnn_models import bundles

    return (
        f"There is no trained model for {task} in {str(bundles.root())!r}. Make one with `python -m training.{task} "
        "train`, or let RNN_MODELS_DIR name the folder that has one."
    )


# Lines -----------------------------------------------------------------------------------------------


def _check_source(chosen: Namespace) -> None:
    if chosen.text is not None and chosen.input is not None:
        raise UsageError("give a text or --input, not both.")
    check_input(chosen.input)


def _line_by_line(
    chosen: Namespace,
    check: Callable[[str], str],
    answers: Callable[[Sequence[str]], list[dict]],
    plain: Callable[[dict], str],
) -> None:
    """An answer for each line; a line without a text has none. All lines are checked before the first is answered."""
    with Output(chosen.output) as out:
        lines = lines_of(chosen.input) if chosen.text is None else [chosen.text]
        for n, line in enumerate(lines, 1):
            if line.strip() or chosen.text is not None:
                with _refused_as(ProblemError, "" if chosen.text is not None else f"line {n:,}: "):
                    check(line)
        size = LINES_TOGETHER[chosen.command]
        with progress(len(lines), "lines", out) as bar:
            for start in range(0, len(lines), size):
                part = lines[start : start + size]
                texts = [line for line in part if line.strip()]
                if texts:
                    wake()
                with _refused_as(ProblemError):
                    found = iter(answers(texts) if texts else [])
                for line in part:
                    one = next(found) if line.strip() else None
                    if chosen.json:
                        _write_json(out, one)
                    else:
                        out.write("\n" if one is None else f"{plain(one)}\n", "replace")
                bar.advance(len(part))


def _one_line(text: str) -> str:
    """The text with a space for every line end, so that lines match up."""
    return " ".join(text.splitlines())


def _write_json(out: Output, value: Any) -> None:
    # Half a surrogate pair, as in a file name that is no UTF-8, is written as JSON writes it: \udc80.
    out.write(json.dumps(value, ensure_ascii=False) + "\n", "backslashreplace")


# Pictures --------------------------------------------------------------------------------------------


def pictures_in(places: Sequence[str]) -> list[Path]:
    """The files among these places, and the pictures in the folders among them, in the order of their names.

    Raises:
        ProblemError: a place is neither, or a folder has no picture.
    """
    found: list[Path] = []
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(path for path in place.rglob("*") if _is_picture(path.relative_to(place), path))
            if not inside:
                raise ProblemError(f"There is no picture in the folder {str(place)!r} ({', '.join(sorted(PICTURES))}).")
            found += inside
        elif place.exists():
            found.append(place)
        else:
            raise ProblemError(f"There is no picture {str(place)!r}. Give the path of a file or of a folder.")
    return found


def _is_picture(inside: Path, path: Path) -> bool:
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and path.suffix.lower() in PICTURES and path.is_file()


def _sound(paths: Sequence[Path], skip_broken: bool, out: Output) -> list[Path]:
    """The pictures that can be opened. What cannot is named, and an error unless it is to be left out."""
    from apps.shared import pictures

    sound, complaints = [], []
    with progress(len(paths), "pictures looked at", out) as bar:
        for path in paths:
            try:
                with _refused_as(ProblemError, f"{path}: "):
                    pictures.opened(str(path))
                sound.append(path)
            except ProblemError as error:
                complaints.append(str(error))
            bar.advance(1)
    if complaints and not skip_broken:
        advice = "Nothing was described: mend these, or leave them out with --skip-broken."
        raise ProblemError("\n".join([*complaints, advice]))
    for complaint in complaints:
        print(f"left out: {complaint}", file=sys.stderr)
    return sound


# Errors ----------------------------------------------------------------------------------------------


@contextmanager
def _refused_as(kind: type[Exception], before: str = "") -> Iterator[None]:
    """What the pages refuse, in plain English."""
    import gradio as gr

    from apps.shared import validation

    try:
        yield
    except gr.Error as error:
        raise kind(before + validation.plain(error)) from error
