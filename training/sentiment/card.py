"""The card of a sentiment model's bundle."""

from typing import TYPE_CHECKING, Any

from training.core.card_metadata import front_matter
from training.core.environment import format_duration
from training.sentiment.config import PIPELINE
from training.sentiment.data import PUBLIC
from training.sentiment.evaluate import format_spread

if TYPE_CHECKING:
    from training.sentiment.config import Train


def _seeds(values: dict[str, float]) -> str:
    if values["count"] == 1:
        return "One seed."
    return f"Over the seeds: test {format_spread(values)}; the seed that is best on the validation split is shipped."


def _row(name: str, texts: int, scores: dict[str, float]) -> str:
    shares = (f"{100 * scores[key]:.2f} %" for key in ("accuracy", "macro_f1", "calibration_error"))
    return f"| {name} | {texts:,} | {' | '.join(shares)} |"


def card(options: "Train", scores: dict[str, Any]) -> str:
    """The bundle's README: English, with a short summary in Korean."""
    test = scores["test"]
    rows = [
        _row("validation", scores["texts"]["validation"], scores["validation"]),
        _row("test", scores["texts"]["test"], test),
    ]
    if new := test.get("without_repeated"):
        rows.append(_row("test, without texts of the published training file", new["texts"], new))
    ways = "from both ends" if options.bidirectional else "from its beginning"
    shape = f"{options.layers} × {options.cell} of {options.units} units, read {ways}, {options.pooling} pooling"
    start = "random weights"
    if scores["pretraining"]:
        more = " and of texts without labels" if options.unlabelled else ""
        start = f"a language model of the training texts{more} ({scores['pretraining']['epochs']:g} epochs)"
    fitted = "weights in float16"
    if options.adversarial_epsilon:
        fitted += f"; trained adversarially (ε = {options.adversarial_epsilon:g})"
    if options.calibrate:
        fitted += "; its temperature is that of the validation texts"
    lines = [
        *front_matter("sentiment", PIPELINE, PUBLIC, scores),
        f"# sentiment/{options.export.name}",
        "",
        f"A classifier of texts ({', '.join(scores['labels'])}): {shape}; {options.tokens} tokens, "
        f"{scores['parameters']:,} parameters, {fitted}. Started from {start}.",
        "",
        "| split | texts | accuracy | macro F1 | calibration error |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"{_seeds(scores['test_accuracy'])} The scores are of the weights as shipped.",
        "",
        *[f"- {b['name']}: test accuracy {100 * b['accuracy']:.2f} %." for b in scores.get("baselines", [])],
        f"- Data: {scores['source']}. Licence of the data: {scores['licence']}.",
        *[f"- {note}" for note in scores["notes"]],
        f"- Trained on {scores['hardware']}, {format_duration(scores['training_seconds'])}"
        + (f" and {format_duration(scores['pretraining']['seconds'])} of pre-training" if scores["pretraining"] else "")
        + f", best of {scores['epochs']} epochs: {scores['best_epoch']}; seed {scores['seed']}; {scores['software']}.",
        f"- Made by: `{scores['command']}`",
        "",
        "It knows its training texts and nothing else. Irony, negation that comes late and texts of another kind "
        "or language mislead it; its probability is that of a guess, not of a fact.",
        "",
        "## 한국어 요약",
        "",
        f"글을 끝까지 읽고 감성을 분류하는 순환 신경망입니다. 시험 데이터 정확도 {100 * test['accuracy']:.2f} %. "
        "학습 데이터와 다른 종류의 글, 반어법, 늦게 나오는 부정에는 약하며, 확률은 추측의 확률일 뿐입니다.",
    ]
    return "\n".join(lines) + "\n"
