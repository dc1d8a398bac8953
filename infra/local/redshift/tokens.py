"""The words of a SQL text: tokens, statements, keywords; before anything is understood."""

from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.sql.grammar import words

_QUOTED = frozenset({TokenType.IDENTIFIER, TokenType.STRING, TokenType.HEREDOC_STRING})


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of a text; comments are dropped.

    Raises:
        StatementFailed: 42601, where a quote or comment does not end.
    """
    return list(words(sql))


def keyword(token: Token) -> str:
    """Return a token's text in capitals, or "" where it is quoted and so no keyword."""
    return "" if token.token_type in _QUOTED else str(token.text).upper()


def keywords(tokens: Sequence[Token]) -> list[str]:
    """Return the keywords of tokens, "" for quoted ones."""
    return [keyword(token) for token in tokens]


def split_statements(sql: str) -> list[str]:
    """Return the statements of a text, without semicolons and without those that are only comments."""
    sql = sql.strip()  # one statement without a semicolon then is the very text that is read
    statements = []
    start = 0
    for token in tokenize(sql):
        if token.token_type == TokenType.SEMICOLON:
            statements.append(sql[start : token.start])
            start = token.end + 1
    statements.append(sql[start:])
    return [statement.strip() for statement in statements if tokenize(statement)]


def with_quoted_hashes(sql: str, tokens: Sequence[Token]) -> str:
    """Quote names that begin with ``#``, which are those of temporary tables (AWS, r_CREATE_TABLE_NEW); between operands it is XOR."""
    operands = {TokenType.NUMBER, TokenType.R_PAREN, TokenType.STRING}
    for index in range(len(tokens) - 2, -1, -1):
        token, following = tokens[index], tokens[index + 1]
        names = following.token_type == TokenType.VAR or str(following.text).isidentifier()
        behind_operand = index > 0 and tokens[index - 1].token_type in operands
        if token.token_type == TokenType.HASH and names and following.start == token.end + 1 and not behind_operand:
            sql = f'{sql[: token.start]}"#{following.text.lower()}"{sql[following.end + 1 :]}'
    return sql


def closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the index of the parenthesis that closes the one at ``opening``.

    Raises:
        StatementFailed: 42601, where none does.
    """
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].token_type == TokenType.L_PAREN) - (tokens[index].token_type == TokenType.R_PAREN)
        if depth == 0:
            return index
    raise syntax_error("unbalanced parenthesis")


def name_at(tokens: Sequence[Token], index: int) -> tuple[list[str], int]:
    """Read a dotted name.

    Args:
        tokens: The statement's tokens.
        index: Where the name begins.

    Returns:
        The parts in lower case, as Redshift folds them, and the index after the name.

    Raises:
        StatementFailed: 42601, where no name stands there.
    """
    parts = []
    while index < len(tokens):
        if tokens[index].token_type in {TokenType.L_PAREN, TokenType.R_PAREN, TokenType.STRING}:
            break
        parts.append(str(tokens[index].text).lower())
        index += 1
        if index >= len(tokens) or tokens[index].token_type != TokenType.DOT:
            break
        index += 1
    if not parts:
        raise StatementFailed("42601", "syntax error: a name is missing")
    return parts, index
