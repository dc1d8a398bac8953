"""What a client is told of a construct that is refused: words of the statement or of Redshift, never the parser's own names."""

from sqlglot import exp

from infra.local.redshift.sql.grammar import words

_WORDS: dict[type[exp.Expression], str] = {
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",  # AWS, c_unsupported-postgresql-functions
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.Tuple: "a row value",
    exp.StartsWith: "@ behind a value",
    exp.Placeholder: "a placeholder",
    exp.Star: "*",
    exp.Aliases: "a list of labels",
    exp.National: "N'…'",
    exp.UnicodeString: "U&'…'",
    exp.Struct: "{…}",
    exp.Kwarg: "an argument by its name",
    exp.CurrentCatalog: "CURRENT_CATALOG",
    exp.CurrentSchema: "CURRENT_SCHEMA without parentheses",
    exp.RespectNulls: "RESPECT NULLS",
    exp.IgnoreNulls: "IGNORE NULLS",
    exp.CheckColumnConstraint: "CHECK",
    exp.Constraint: "CHECK",  # no other constraint with a name is refused
}
_WRITTEN = (
    *(exp.All, exp.Any, exp.Between, exp.Case, exp.Collate, exp.Filter, exp.Glob, exp.ILike, exp.In, exp.Like, exp.Limit),
    *(exp.Order, exp.Overlaps, exp.Trim),
)
"""Nodes whose key is the word that the statement writes."""


def described(node: exp.Expression) -> str:
    """Return what a construct is called where it is refused."""
    if isinstance(node, _WRITTEN):
        return str(node.key).upper()
    return _WORDS.get(type(node), "such an expression")


def first_word(node: exp.Expression) -> str:
    """Return the word that a construct begins with, for a syntax error."""
    found = words(node.sql("redshift"))
    return str(found[0].text) if found else ""
