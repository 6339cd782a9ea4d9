"""Digits to try: drawn for this page as strokes, and a few of MNIST's test digits.

What the networks make of them stands nowhere here: the page asks them. The licence of MNIST's digits, which are the
files in `assets/pictures`, is in the README beside them.
"""

from dataclasses import dataclass
from pathlib import Path

from apps.shared.assets import assets
from apps.shared.languages import label

PICTURES = assets("digits") / "pictures"


@dataclass(frozen=True)
class Example:
    """A digit.

    Attributes:
        name: as it stands in links.
        label: which digit it is; "" for what is none.
        told, told_ko: what is special about it.
        strokes: how it is drawn, see `apps.digits.sketch`; "" for a file.
    """

    name: str
    label: str
    told: str = ""
    told_ko: str = ""
    strokes: str = ""

    @property
    def path(self) -> Path:
        """The file of a digit that is not drawn."""
        return PICTURES / f"{self.name}.png"

    @property
    def title(self) -> str:
        """What it is, English and Korean, as plain text."""
        return label(self.told, self.told_ko) if self.told else self.label


DRAWN = (
    Example("zero", "0", strokes="~hLeMcNZOXQVTTWSaReRiSmTqUtWwYya0d1g1j0myowqtrpslthtdsZrVqSoQmOkMiLhLfLeMdM"),
    Example("one", "1", strokes="~kKjPhTgYfdehdmcrbxa2"),
    Example("two", "2", strokes="~TUUSVQWOYMaLdKfJiJlKnLpNrPsRsUrXqaodmgjkgndqatXwUzU0Y0d0h0mzrzwy"),
    Example(
        "three", "3", strokes="~TPVNYLaKdJgJjKmLoMpOqQqTqVpXnZkbicgdddcebeceffhfkgmipjrmsosrquoxmzj1g2d2a2Y1V0TyRw"
    ),
    Example("four", "4", strokes="~YKXPVTUYTbSfRiUiWjZjcjgjlipiuh.nMmSmYlekmjvi3"),
    Example("five", "5", strokes="~YMYOYQXSXUWWVZVcVdXdZccafaiblcoeqgrislsorrquoxlzi1f1b1X0Tz.YMbMfMiMmLqLuK"),
    Example("six", "6", strokes="~oKlMiNgPdRbUYXXbVeUhTlToTrUuVxXzZ1c2e2h2k1m0oypvqtqrpoommkkjhjejckalYnWpUr"),
    Example("seven", "7", strokes="~ROVOaNeNjNpMuMsQpUnYlcjgijgnfqetdxd0c3"),
    Example(
        "eight",
        "8",
        strokes="~pPmNkMhKfKcLaMXOWQWSWUXXZZbbechdjflhnkpmqpqspvoym0j1g2d2a1YzWxVvUsVqWnYkaidggejclanYoWpTqR",
    ),
    Example("nine", "9", strokes="~pUoRmPlMjLhLeLbMZNXPWSUUUXVaWcYfagcgfgifkemcoYpVqUqVqZqcpgojomnpmslvkyi0h3"),
    Example(
        "seven-with-a-bar",
        "7",
        "a seven with a bar",
        "가로획이 있는 7",
        strokes="~ROVOaNeNjNpMuMsQpUnYlcjgijgnfqetdxd0c3.Yhdgigngsf",
    ),
    Example("one-with-foot", "1", "a one with a foot", "받침이 있는 1", strokes="~WWaSdPhLhShZhghnhuh1.V1Z1d1h1l1p1t1"),
    Example(
        "letter-a",
        "",
        "the letter A: no digit",
        "글자 A: 숫자가 아님",
        strokes="~O2RvUnXgaZdRgKjRmZpgsnvvy2.Vmamgmmmrm",
    ),
)
"""Drawn for this page."""

_MNIST, _MNIST_KO = "{}: test digit {} of MNIST", "{}: MNIST 테스트 숫자 {}번"


def _mnist(number: int, label: str) -> Example:
    return Example(f"mnist-{number}", label, _MNIST.format(label, number), _MNIST_KO.format(label, number))


MNIST = (_mnist(0, "7"), _mnist(18, "3"), _mnist(659, "2"), _mnist(1901, "9"), _mnist(2035, "5"), _mnist(5449, "2"))
"""Digits that people wrote, numbered from 0 as in the file of MNIST's test images; most of them are hard."""

EXAMPLES = (*DRAWN, *MNIST)
BY_NAME = {example.name: example for example in EXAMPLES}
OPENING = "three"
"""The one that the page opens with."""
