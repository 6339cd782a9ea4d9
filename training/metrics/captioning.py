"""How good captions are: BLEU, ROUGE-L, CIDEr-D and METEOR as COCO's scripts have them; and how varied they are."""

import contextlib
import functools
import importlib.util
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.metrics.caption_tokenizer import PUNCTUATION, has_words, words

_PTB = ("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase")


def caption_scores(found: Sequence[str], wanted: Sequence[Sequence[str]], java: bool | None = None) -> dict[str, float]:
    """The scores of a set of captions by pycocoevalcap 1.2, COCO's reference scripts.

    Args:
        found: (N,) captions, as they are; letter case and punctuation are taken off here. An empty one scores 0.
        wanted: (N,) times one or more reference captions; none of them without words.
        java: True asks for the reference's tokenizer and METEOR, which are Java programs; False goes without them, with
            the tokenizer `caption_tokenizer.words`. None takes Java where it is found. METEOR takes some seconds for a
            thousand captions, and English ones only.

    Returns:
        "bleu_1" to "bleu_4" (of the whole set, closest reference length, no smoothing), "rouge_l" (β = 1.2), "cider_d"
        (document frequencies of `wanted`; of a single picture it is 0), and "meteor" (1.5) with Java. All are of
        0 to 1 but CIDEr-D, which is of 0 to 10: 0.55 is what others call 55, too.

    Raises:
        ValueError: nothing to score, another number of references, a reference without words; pycocoevalcap is not
            installed; Java was asked for and is not found, or fails.
    """
    _check(found, wanted)
    _package()
    if java and not java_found():
        raise ValueError("METEOR needs Java, and no working program 'java' is on the PATH. Install it, or java=False.")
    java = java_found() if java is None else java
    flat = [caption for references in wanted for caption in references]
    cut = iter((_java_words if java else _words)([*found, *flat]))
    ours = {n: [next(cut)] for n in range(len(found))}
    theirs = {n: [next(cut) for _ in references] for n, references in enumerate(wanted)}
    return _scores(theirs, ours, java)


def variety(found: Sequence[str], training_captions: Sequence[str]) -> dict[str, float]:
    """How varied a model's captions are, and how many of them it has by heart.

    Args:
        found: (N,) captions that a model has written.
        training_captions: those that it has learnt from, all in one list. Captions are compared by their words.

    Returns:
        "verbatim": the share of `found` that stands word for word among the training captions; "distinct": how many
        different ones there are, "distinct_share" of N; "vocabulary": how many different words they use;
        "mean_words": words a caption.

    Raises:
        ValueError: no captions, or a string where a list of them is expected.
    """
    for name, captions in (("found", found), ("training_captions", training_captions)):
        if isinstance(captions, str) or not len(captions) or not all(isinstance(c, str) for c in captions):
            raise ValueError(f"{name}: expected a list of captions, at least one; got {_short(captions)}.")
    ours = [tuple(words(caption)) for caption in found]
    learnt = {tuple(words(caption)) for caption in training_captions}
    return {
        "verbatim": sum(caption in learnt for caption in ours) / len(ours),
        "distinct": len(set(ours)),
        "distinct_share": len(set(ours)) / len(ours),
        "vocabulary": len({word for caption in ours for word in caption}),
        "mean_words": sum(map(len, ours)) / len(ours),
    }


@functools.cache
def java_found() -> bool:
    """Whether there is a Java that runs. (On a Mac without one, there is a program `java` that says so.)"""
    program = shutil.which("java")
    if program is None:
        return False
    try:
        return subprocess.run([program, "-version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _check(found: Sequence[str], wanted: Sequence[Sequence[str]]) -> None:
    if isinstance(found, str) or len(found) != len(wanted) or not len(found):
        raise ValueError(
            f"There are {len(found):,} captions and references for {len(wanted):,}; expected as many of both, and at "
            "least one."
        )
    for n, (caption, references) in enumerate(zip(found, wanted, strict=True)):
        if not isinstance(caption, str):
            raise ValueError(f"found[{n}] is {_short(caption)}; expected a string.")
        if isinstance(references, str) or not references or not all(isinstance(text, str) for text in references):
            raise ValueError(f"wanted[{n}] is {_short(references)}; expected a list of one or more reference captions.")
        if not all(map(has_words, references)):
            raise ValueError(
                f"wanted[{n}] has a reference without words: {_short(references)}. Leave it out: it would change the "
                "scores without meaning anything."
            )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."


def _package() -> Path:
    """Where pycocoevalcap lies. (It is no ordinary package: its folder has no __init__.py.)"""
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise ValueError("Scores of captions need the package pycocoevalcap: pip install pycocoevalcap")
    return Path(next(iter(spec.submodule_search_locations)))


def _words(texts: Sequence[str]) -> list[str]:
    return [" ".join(words(text)) for text in texts]


def _java_words(texts: Sequence[str]) -> list[str]:
    """`_words` by the reference's program, called as its Python wrapper does, but that it writes no files."""
    jar = _package() / "tokenizer" / "stanford-corenlp-3.4.1.jar"
    # other line separators than "\n" would make two lines of one
    lines = "\n".join(" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    lines = lines.encode("utf-8", errors="replace")  # a lone surrogate is no character
    done = subprocess.run(["java", "-cp", str(jar), *_PTB], input=lines, capture_output=True)
    cut = done.stdout.decode("utf-8", errors="replace").split("\n")
    if done.returncode or len(cut) != len(texts):
        said = done.stderr.decode(errors="replace").strip()[-300:]
        raise ValueError(f"The Java tokenizer failed ({done.returncode}): {said}. Without Java: java=False.")
    return [" ".join(word for word in line.split() if word not in PUNCTUATION) for line in cut]


def _scores(wanted: dict[int, list[str]], found: dict[int, list[str]], java: bool) -> dict[str, float]:
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu, _ = Bleu(4).compute_score(wanted, found, verbose=0)
    scores = {f"bleu_{n}": float(score) for n, score in enumerate(bleu, start=1)}
    scores["rouge_l"] = float(Rouge().compute_score(wanted, found)[0])
    scores["cider_d"] = float(Cider().compute_score(wanted, found)[0])
    if java:
        scores["meteor"] = _meteor(wanted, found)
    return scores


def _meteor(wanted: dict[int, list[str]], found: dict[int, list[str]]) -> float:
    from pycocoevalcap.meteor.meteor import Meteor

    # "|||" separates the sentences of a line that the program reads
    clean = {n: [text.replace("|", "") for text in references] for n, references in wanted.items()}
    meteor = Meteor()
    try:
        score, _ = meteor.compute_score(clean, {n: [text.replace("|", "")] for n, (text,) in found.items()})
    except (ValueError, OSError) as error:  # the program has ended, for want of memory for example
        raise ValueError(f"METEOR failed ({type(error).__name__}: {error}). Without Java: java=False.") from error
    finally:
        # After an error the object's end would wait for ever for a lock that is left closed, or speak of a broken pipe.
        if meteor.lock.locked():
            meteor.lock.release()
        for pipe in (meteor.meteor_p.stdin, meteor.meteor_p.stdout, meteor.meteor_p.stderr):
            with contextlib.suppress(OSError):
                pipe.close()
    return float(score)
