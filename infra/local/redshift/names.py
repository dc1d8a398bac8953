"""Names in statements: of tables in a tree, and lists of names in DROP, GRANT and the like."""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import syntax_error_near
from infra.local.redshift.tokens import keyword, name_at

CATALOG_SCHEMA = "embedded"
"""The schema of each database file that holds what DuckDB's own catalog has no place for."""


def name_parts(node: exp.Expression) -> list[str]:
    """Return database, schema and name of a table in a tree, as far as given."""
    return [part.name.lower() for part in (node.args.get("catalog"), node.args.get("db"), node.this) if part is not None and part.name]


def names_of_drop(tokens: Sequence[Token], *, after: int) -> tuple[list[list[str]], bool]:
    """Read the names of a DROP.

    Args:
        tokens: The statement.
        after: Index of the word that says what is dropped.

    Returns:
        Each name's parts, and whether IF EXISTS was said.

    Raises:
        StatementFailed: 42601 for anything else behind the names than CASCADE or RESTRICT.
    """
    index = after + 1
    if_exists = [keyword(token) for token in tokens[index : index + 2]] == ["IF", "EXISTS"]
    index += 2 * if_exists
    names = []
    while True:
        parts, index = name_at(tokens, index)
        names.append(parts)
        if index >= len(tokens) or tokens[index].token_type != TokenType.COMMA:
            break
        index += 1
    rest = [keyword(token) for token in tokens[index:]]
    if rest not in ([], ["CASCADE"], ["RESTRICT"]):
        raise syntax_error_near(str(tokens[index].text))
    return names, if_exists
