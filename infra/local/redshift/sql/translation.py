"""What every part of the translation of expressions has in common."""

import abc
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from infra.local.redshift.sql.scopes import Catalog, Scope
from infra.local.redshift.sql.values import Typed


class Translation(abc.ABC):
    """Translates expressions in a scope.

    Args:
        catalog: What is asked of the database.
        query: Translates a subquery in a scope; returns DuckDB's text and the columns.
    """

    def __init__(self, catalog: Catalog, query: Callable[[exp.Expression, Scope], tuple[str, Any]]) -> None:
        self.catalog = catalog
        self.query = query
        self.arguments: list[list[Typed]] = []

    @abc.abstractmethod
    def value(self, node: exp.Expression, scope: Scope) -> Typed:
        """Return an expression's translation."""

    @abc.abstractmethod
    def condition(self, node: exp.Expression, scope: Scope) -> str:
        """Return a condition's translation."""

    @abc.abstractmethod
    def call(self, name: str, arguments: list[Typed]) -> Typed:
        """Return a call of a function that is no aggregate."""
