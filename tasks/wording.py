"""How numbers and strings of the data are written in messages and pages."""

from typing import Final

_SHOWN: Final = 80


def counted(number: int, noun: str) -> str:
    """A number and its noun, as ``1 bar`` or ``1,234 bars``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def count(number: int) -> str:
    """A number with separators, as ``1,234``."""
    return f"{number:,}"


def shown(text: str) -> str:
    """A string of the data, cut where it is longer than a person reads."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"
