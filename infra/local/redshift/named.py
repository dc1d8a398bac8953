"""What a session gives names: prepared statements and cursors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.redshift.types import Column


@dataclass
class Cursor:
    """A query's rows and how far they were fetched."""

    columns: list[Column]
    rows: Sequence[Sequence[Any]]
    position: int = 0


@dataclass(frozen=True)
class Prepared:
    """A prepared statement: how many values it takes, and the types that PREPARE listed for the first of them."""

    statement: Any
    count: int
    kinds: Sequence[Any]


@dataclass
class Named:
    """What a session gave a name: statements until DEALLOCATE, cursors until their transaction ends."""

    statements: dict[str, Prepared] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
