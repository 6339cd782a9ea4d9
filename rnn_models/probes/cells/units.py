"""The names of units."""

from dataclasses import dataclass

STATES = ("h", "c", "tanh c")


@dataclass(frozen=True)
class Unit:
    """One number of one state of one recurrent layer.

    Attributes:
        layer: the layer's name in a `Reading`, such as "layer_0" or "layer_0/backward".
        state: "h", "c" or "tanh c".
        index: its place in the state, from 0.
    """

    layer: str
    state: str
    index: int

    def __str__(self) -> str:
        return f"{self.layer} {self.state}[{self.index}]"
