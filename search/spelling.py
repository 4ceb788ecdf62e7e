"""Typing mistakes of one letter."""


def within_one_edit(typed: str, other: str) -> bool:
    """Whether one letter was left out, added, changed or swapped with its neighbour; equal words are no mistake."""
    if typed == other or abs(len(typed) - len(other)) > 1:
        return False
    start = _common_start(typed, other)
    left, right = typed[start:], other[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


def _common_start(left: str, right: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
