"""Rules and suites as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_COLUMN_ARGUMENTS: Final = ("column", "column_A", "column_B", "column_list", "column_set")


@dataclass(frozen=True)
class Rule:
    """One expectation.

    Attributes:
        reason: short, stable and unique in its suite; stands beside a quarantined row and is counted by.
        sentence: what must hold, as it is read at night.
        severity: ``critical`` (quarantines the row, or closes the gate where it has no rows) or ``warning`` (is reported only).
        type: the expectation's name in Great Expectations.
        kwargs: its arguments; ``{"$PARAMETER": name}`` is filled in by the run.
        is_harmless: whether a row that violates it is left out of the gate's share; ``meta.is_harmless`` in the file.
    """

    reason: str
    sentence: str
    severity: str
    type: str
    kwargs: Mapping[str, Any] = field(hash=False)
    is_harmless: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at; empty for the batch as a whole."""
        return tuple(_columns(self.kwargs))


@dataclass(frozen=True)
class Suite:
    """The rules of one dataset, all of them usable.

    Attributes:
        name: the suite's name.
        rules: in the order of the file, which is the order in which reasons are listed.
    """

    name: str
    rules: tuple[Rule, ...]


def _columns(kwargs: Mapping[str, Any]) -> Iterator[str]:
    for argument in _COLUMN_ARGUMENTS:
        value = kwargs.get(argument, [])
        yield from [value] if isinstance(value, str) else value
