"""What the cells of the shipped models know, on held-out data: `python -m benchmarks.cells_that_know`.

For each model and hypothesis the best unit of all, chosen on the first half of a held-out text and scored on the
second, both nulls, a linear probe and the ablation. The rows are written to `apps/cells/assets/found.json`, which the
page shows, and printed as the tables of `docs/results/cells-that-know.md`.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FOUND = Path(__file__).resolve().parents[1] / "apps" / "cells" / "assets" / "found.json"
CHARACTERS = 100_000
ABLATED = 20_000
"""So many characters of the second half are read with and without a unit."""
NEGATION = r"\b(?:not|never|no|nothing|\w+n't)\b[^.,;:!?\n]*"
LAUGHTER = "[ㅋㅎ]+"


@dataclass(frozen=True)
class Case:
    """A model, what it reads, and what is looked for.

    Attributes:
        model: the bundle.
        data: what the text is, in words.
        texts: gives the texts: one, or many with a label each (or None).
        names: hypotheses by name.
        patterns: hypotheses by regular expression, with their names.
    """

    model: str
    data: str
    texts: Callable[[], tuple[Any, Any]]
    names: Sequence[str]
    patterns: Sequence[tuple[str, str]] = ()


def _corpus(name: str, part: str) -> tuple[str, None]:
    from training.char_lm.data import load_corpus

    return getattr(load_corpus(name), part)[:CHARACTERS], None


def _korean() -> tuple[str, None]:
    text, _ = _corpus("nsmc", "test")
    return text[:40_000], None  # about 100,000 jamo


def _reviews(name: str, count: int) -> tuple[list[str], list[int]]:
    from training.sentiment.data import load_labelled

    test = load_labelled(name).test
    rows = np.random.default_rng(0).permutation(len(test.texts))[:count]
    return [test.texts[n] for n in rows], [int(test.labels[n]) for n in rows]


def _sentences() -> tuple[list[str], None]:
    from training.translation.data import load_pairs

    return list(load_pairs("multi30k").test.sources), None


CASES = (
    Case(
        "char_lm/shakespeare",
        "tiny Shakespeare, the first 100,000 characters of the last tenth, which was not trained on (its epoch was "
        "chosen by it)",
        lambda: _corpus("shakespeare", "validation"),
        ("speaker", "line_position", "newline", "capital", "word_position", "sentence_end"),
        ((r"\b(?:I|me|my|mine)\b", "I, me, my, mine"), (r"[,;:][^.,;:!?\n]*", "after a comma, ; or :")),
    ),
    Case(
        "char_lm/python",
        "Python's standard library, the first 100,000 characters of the test files",
        lambda: _corpus("python", "test"),
        (
            *("comment_python", "string_python", "in_quotes", "bracket_depth", "indent", "line_position", "newline"),
            *("word_position", "capital", "digit"),
        ),
        ((r"^ *def [^\n]*", "line of a def"), (r"\bself\.\w*", "self.NAME")),
    ),
    Case(
        "char_lm/korean-reviews",
        "Naver film reviews, the first 40,000 characters of the official test file in jamo; this model was trained on "
        "another draw of the same reviews, so that it may have read some of them",
        _korean,
        (
            *("line_position", "syllable_position", "final_consonant", "final_consonant_next", "word_position"),
            *("newline", "sentence_end", "digit", "polarity"),
        ),
        ((LAUGHTER, "laughter ㅋㅋ, ㅎㅎ"),),
    ),
    Case(
        "sentiment/imdb",
        "400 reviews of the IMDB test, drawn with seed 0",
        lambda: _reviews("imdb", 400),
        ("positive", "polarity", "in_quotes", "bracket_depth", "sentence_end", "digit"),
        ((NEGATION, "after a negation"),),
    ),
    Case(
        "sentiment/nsmc",
        "4,000 reviews of the NSMC test, drawn with seed 0",
        lambda: _reviews("nsmc", 4000),
        ("positive", "polarity", "sentence_end", "digit"),
        ((LAUGHTER, "laughter ㅋㅋ, ㅎㅎ"),),
    ),
    Case(
        "translation/de-en",
        "the encoder on the 1,000 German sentences of Multi30k's test 2016",
        _sentences,
        ("line_position", "capital", "sentence_end"),
        (
            (r"\b[Ee]in(?:e[nmrs]?)?\b", "ein, eine, einen …"),
            (r"\b(?:Mann|Männer|Frau|Frauen|Junge|Jungen|Mädchen|Kind|Kinder|Person|Personen|Leute)\b", "people"),
            (r"\b(?:rot|blau|gelb|grün|schwarz|weiß|braun|orange|grau|rosa)(?:e[nmrs]?)?\b", "colours"),
        ),
    ),
)


def measure(case: Case, seed: int = 0) -> dict:
    """All that is told of one model."""
    import rnn_models
    from rnn_models.probes import cells
    from rnn_models.probes.cells.searching import halves

    begun = time.perf_counter()
    model = rnn_models.load(case.model)
    text, labels = case.texts()
    known = dict(zip(text, labels, strict=True)) if labels else {}
    about = "The review is a positive one (the same label at each of its tokens)."
    positive = cells.Hypothesis("positive", "flag", lambda one: np.full(len(one), known[one]), about)
    wanted: list = [positive if name == "positive" else cells.hypothesis_of(name) for name in case.names]
    wanted += [cells.matching(pattern, name) for pattern, name in case.patterns]
    whole = cells.read(model, text)
    chosen, held = halves(whole)
    null = halves(cells.read(cells.untrained(model, seed), text))[1]
    ranked = time.perf_counter()
    findings = cells.rank(chosen, held, wanted, null, seed=seed)
    ranked = time.perf_counter() - ranked
    part, of = _ablated(text, labels, whole)
    before = None if part is None else cells.read(model, part, states=False)
    rows = []
    for found in findings:
        lost = None
        if found.best and before is not None:
            lost = cells.ablate(model, part, found.best.unit, found.hypothesis, of, before)
        rows.append(_row(found, lost))
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    sizes = {"steps": len(whole), "units": whole.units, "texts": len(whole.texts)}
    times = {"seconds": round(time.perf_counter() - begun), "ranking_seconds": round(ranked)}
    return {"model": case.model, "data": case.data, "seed": seed, **sizes, **times, "rows": rows}


def _ablated(text: Any, labels: Any, whole: Any) -> tuple[Any, Any]:
    """What is read with and without a unit: of the second half; None for a translator."""
    if whole.nats is not None:
        middle = len(text) // 2
        return text[middle : middle + ABLATED], None
    if labels is None:
        return None, None
    middle = len(text) // 2
    return text[middle:], labels[middle:]


def _row(found: Any, lost: Any) -> dict:
    best = found.best
    row: dict[str, Any] = {
        "name": found.hypothesis.name,
        "about": found.hypothesis.about,
        "kind": found.hypothesis.kind,
        "measure": found.measure,
        "share": found.share,
    }
    if best is None:
        return row
    row |= {
        "layer": best.unit.layer,
        "state": best.unit.state,
        "index": best.unit.index,
        "sign": best.sign,
        "chosen": best.chosen,
        "score": best.score,
        "bounds": list(found.bounds),
        "shifted": found.shifted,
        "untrained": found.untrained,
        "probe": found.probe,
        "beats_nulls": found.beats_nulls,
    }
    if lost is not None:
        row |= {"inside": list(lost.inside), "outside": list(lost.outside), "counted": list(lost.steps)}
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    """Numbers that JSON knows, with four decimals; None for NaN."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if math.isfinite(value) else None
    return value


def table(found: dict) -> str:
    """One model's rows in Markdown."""
    lines = [
        f"### `{found['model']}`",
        "",
        f"{found['data'][0].upper()}{found['data'][1:]}. {found['steps']:,} steps in {found['texts']:,} text"
        f"{'s' if found['texts'] > 1 else ''}, {found['units']} units, {found['seconds']} s in all, "
        f"{found['ranking_seconds']} s of it the search.",
        "",
        "| hypothesis | share | best unit | held-out score, 95 % bounds | shifted labels | untrained | linear probe | "
        "loss without it, inside / outside (nats) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        name = f"**{row['name']}**" if row.get("beats_nulls") else row["name"]
        name = name.replace("|", "\\|")
        if "score" not in row:
            lines.append(f"| {name} | {_share(row)} | none: the label does not change | | | | | |")
            continue
        low, high = row["bounds"]
        bounds = "–" if low is None else f"{low:.3f} to {high:.3f}"
        unit = f"{row['layer']} {row['state']}[{row['index']}] {'+' if row['sign'] > 0 else '−'}"
        measure = row["measure"].replace("|", "\\|")
        lines.append(
            f"| {name} | {_share(row)} | {unit} | {measure} {row['score']:.3f}, {bounds} | {row['shifted']:.3f} | "
            f"{_number(row['untrained'])} | {_number(row['probe'])} | {_loss(row)} |"
        )
    return "\n".join(lines) + "\n"


def _share(row: dict) -> str:
    return f"{100 * row['share']:.1f} %" if row["kind"] == "flag" else f"mean {row['share']:.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _loss(row: dict) -> str:
    if "inside" not in row or None in (*row["inside"], *row["outside"]):
        return "–"
    inside, outside = (after - before for before, after in (row["inside"], row["outside"]))
    return f"{inside:+.4f} / {outside:+.4f}".replace("-", "−")


def main() -> None:
    """Measure, write the rows, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cells_that_know", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=[case.model for case in CASES], help="these only")
    parser.add_argument("--tables", action="store_true", help="print the tables of what was measured before, and end")
    options = parser.parse_args()
    known = {one["model"]: one for one in json.loads(FOUND.read_text(encoding="utf-8"))} if FOUND.is_file() else {}
    for case in CASES:
        if not options.tables and (not options.models or case.model in options.models):
            known[case.model] = measure(case)
            rows = [known[case.model] for case in CASES if case.model in known]
            FOUND.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(known[case.model]) for case in CASES if case.model in known))


if __name__ == "__main__":
    main()
