"""The scores of a sentiment classifier in words."""


def summary(name: str, scores: dict[str, float]) -> str:
    """One line: the scores of one split."""
    return (
        f"{name:<11} accuracy {100 * scores['accuracy']:.2f} %, macro F1 {100 * scores['macro_f1']:.2f} %, "
        f"calibration error {100 * scores['calibration_error']:.2f} %, {scores['nats']:.4f} nats a text"
    )


def format_spread(values: dict[str, float]) -> str:
    """The accuracies of several seeds: mean ± standard deviation, lowest and highest."""
    return (
        f"accuracy {100 * values['mean']:.2f} ± {100 * values['deviation']:.2f} % over {values['count']} seeds "
        f"({100 * values['lowest']:.2f} to {100 * values['highest']:.2f})"
    )
