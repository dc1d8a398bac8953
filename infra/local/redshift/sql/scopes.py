"""Names in a query: which relation's column an identifier means, and which path into a SUPER value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.local.redshift.errors import StatementFailed, no_relation
from infra.local.redshift.sql.builders import Facts
from infra.local.redshift.sql.sql_types import SUPER, SqlType
from infra.local.redshift.sql.values import Typed, identifier

Columns = tuple[tuple[str, SqlType], ...]


@dataclass(frozen=True)
class Relation:
    """A table or view as FROM is told it: DuckDB's name, its columns, and whether the user may read those alone of more."""

    sql: str
    columns: Columns
    partial: bool = False


class Catalog(Facts, Protocol):
    """What a translation asks of the database."""

    def relation(self, parts: Sequence[str]) -> Relation:
        """Return the table or view a name means.

        Raises:
            StatementFailed: 42P01 where there is none.
        """

    def routines(self, name: str) -> list[tuple[list[str], str, str]]:
        """Return the SQL functions of a name: argument types, result type, body."""

    def described(self, view: str | None = None) -> list[tuple[str, str, Columns]]:
        """Return schema, name and columns of a table or view, or of every late-binding view."""


@dataclass(frozen=True)
class Source:
    """One item of FROM.

    Attributes:
        alias: Its alias.
        columns: Its columns.
        parts: The parts of its name, as far as it is called by them.
        told: Its alias in DuckDB, where that is another one.
        partial: Whether it has more columns, which the user may not read.
        is_catalog: Whether it is one of PostgreSQL's catalog tables, which the leader node reads alone.
    """

    alias: str
    columns: Columns
    parts: tuple[str, ...] = ()
    is_catalog: bool = False
    told: str = ""
    partial: bool = False

    def denied(self) -> StatementFailed:
        """Return the refusal of a column that the user may not read (42501)."""
        return StatementFailed("42501", f"permission denied for relation {self.alias}")

    @property
    def sql(self) -> str:
        """How DuckDB is told it: by its alias, unless a table of the same name in another schema may hide that."""
        return identifier(self.told or self.alias)


@dataclass
class Scope:
    """What names mean inside one SELECT.

    Attributes:
        sources: The items of FROM.
        parent: The scope around a subquery.
        relations: Names that WITH defines here and around.
        labels: The select list by label, for references to what stands beside them.
        merged: Columns that USING or NATURAL made one.
        uses_labels: Whether a label may stand for its expression: in the select list, not in WHERE.
    """

    parent: "Scope | None" = None
    relations: dict[str, Columns] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    labels: dict[str, Typed] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    uses_labels: bool = False

    def inner(self) -> "Scope":
        """Return the scope of a subquery."""
        return Scope(self, dict(self.relations))

    def add(self, source: Source) -> None:
        """Add an item of FROM.

        Raises:
            StatementFailed: 42712 where its alias is taken.
        """
        if any(known.alias == source.alias and known.parts == source.parts for known in self.sources):
            raise StatementFailed("42712", f'table name "{source.alias}" specified more than once')
        self.sources.append(source)

    def source(self, alias: str, schema: Sequence[str] = ()) -> Source | None:
        """Return the item of FROM with an alias, and in a schema where one is named, here or around."""
        for source in self.sources:
            if source.alias == alias and (not schema or source.parts[-len(schema) - 1 : -1] == tuple(schema)):
                return source
        return self.parent.source(alias, schema) if self.parent else None

    def column(self, names: Sequence[str]) -> tuple[Typed, list[str]]:
        """Return the column a dotted name means, and what of the name leads into a SUPER value.

        Raises:
            StatementFailed: 42703, 42702 or 42P01.
        """
        if len(names) == 1:
            return self._unqualified(names[0]), []
        if found := self._qualified(names):
            return found
        column = self._find(names[0])
        if column is not None and column.type == SUPER:
            return column, list(names[1:])
        raise no_relation(names[-2] if len(names) == 2 else ".".join(names[:-1]))  # noqa: PLR2004 - table and column

    def _qualified(self, names: Sequence[str]) -> tuple[Typed, list[str]] | None:
        for start in (0, 1, 2):
            if start + 1 >= len(names):
                break
            source = self.source(names[start], names[:start])
            if source is None:
                continue
            for name, kind in source.columns:
                if name == names[start + 1]:
                    rest = list(names[start + 2 :])
                    if rest and kind != SUPER:
                        continue
                    return Typed(f"{source.sql}.{identifier(name)}", kind), rest
            if (source.alias, SUPER) in source.columns:  # an element of an array is called by its alias: what follows leads into it
                return Typed(f"{source.sql}.{identifier(source.alias)}", SUPER), list(names[start + 1 :])
            if start + 2 == len(names) and source.partial:
                raise source.denied()
            if start + 2 == len(names):
                raise StatementFailed("42703", f"column {source.alias}.{names[start + 1]} does not exist")
        return None

    def _unqualified(self, name: str) -> Typed:
        found = self._find(name)
        if found is None:
            for source in self.sources:
                if source.partial:
                    raise source.denied()
            raise StatementFailed("42703", f'column "{name}" does not exist')
        return found

    def _find(self, name: str) -> Typed | None:
        hits = [(source, kind) for source in self.sources for column, kind in source.columns if column == name]
        if name in self.merged and hits:
            return Typed(identifier(name), hits[0][1])
        if len(hits) > 1:
            raise StatementFailed("42702", f'column reference "{name}" is ambiguous')
        if hits:
            return Typed(f"{hits[0][0].sql}.{identifier(name)}", hits[0][1])
        if self.uses_labels and name in self.labels:
            return self.labels[name]
        return self.parent._find(name) if self.parent else None
