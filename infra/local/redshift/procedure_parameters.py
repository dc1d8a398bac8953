"""The parameters of a stored procedure, as CREATE PROCEDURE names them. Source: AWS, r_CREATE_PROCEDURE."""

from dataclasses import dataclass

from sqlglot.tokens import TokenType

from infra.local.redshift.tokens import closing, keywords, name_at, tokenize

_MODES = frozenset({"in", "out", "inout"})


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name ("" where it has none), its mode and its type."""

    name: str
    mode: str
    kind: str


def parameters_of(definition: str) -> list[Parameter]:
    """Return the parameters a CREATE PROCEDURE names."""
    tokens = tokenize(definition)
    words = keywords(tokens)
    _, index = name_at(tokens, words.index("PROCEDURE") + 1)
    found: list[Parameter] = []
    current: list[str] = []
    depth = 0
    for token in tokens[index + 1 : closing(tokens, index) + 1]:
        if depth == 0 and token.token_type in {TokenType.COMMA, TokenType.R_PAREN}:
            if current:
                found.append(_parameter(current))
            current = []
            continue
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        current.append(str(token.text).lower())
    return found


def _parameter(words: list[str]) -> Parameter:
    mode = next((word for word in words[:2] if word in _MODES), "in")
    rest = [word for index, word in enumerate(words) if not (index < 2 and word in _MODES)]  # noqa: PLR2004 - before or behind the name
    named = len(rest) > 1 and rest[1] not in {"(", "precision", "varying"}
    kind = "".join(f" {word}" if word.isalpha() else word for word in (rest[1:] if named else rest)).strip()
    return Parameter(rest[0] if named else "", mode.upper(), kind.replace("( ", "("))
