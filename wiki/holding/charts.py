"""Small plain charts, drawn on the server: geometry for SVG, without a library and without words in the picture.

Beside every chart stands a table with the same numbers. In Arabic the pictures are turned round by the style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 48
_GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in units of the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of this size; `bars` from its start."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def columns(numbers: Sequence[float]) -> Chart:
    """A column for each number, the highest as high as the picture; where all are nothing, there are no columns."""
    most = max(numbers, default=0)
    step = WIDTH / max(len(numbers), 1)
    bars = []
    for place, number in enumerate(numbers):
        high = round(HEIGHT * number / most, 1) if most else 0.0
        # What is not nothing is never drawn as nothing.
        high = max(high, 1.5) if number else 0.0
        bars.append(Bar(round(place * step + _GAP / 2, 1), round(HEIGHT - high, 1), round(step - _GAP, 1), high))
    return Chart(WIDTH, HEIGHT, tuple(bars))


def share(parts: Sequence[int], *, width: int = 120, height: int = 10) -> Chart:
    """One bar, divided as these parts are of their sum."""
    whole, at, bars = sum(parts), 0.0, []
    for part in parts:
        wide = round(width * part / whole, 1) if whole else 0.0
        bars.append(Bar(round(at, 1), 0, wide, height))
        at += wide
    return Chart(width, height, tuple(bars))
