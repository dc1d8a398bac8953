"""Reads the words of a statement one after the other: what the readers of GRANT and of PL/pgSQL share."""

from collections.abc import Sequence

from sqlglot.tokens import Token

from infra.local.redshift.errors import syntax_error_near
from infra.local.redshift.tokens import keywords


class WordReader:
    """Stands on one word of a statement.

    Args:
        tokens: of the statement.
        index: of the word to begin with.
    """

    def __init__(self, tokens: Sequence[Token], index: int = 0) -> None:
        self.tokens = tokens
        self.words = keywords(tokens)
        self.index = index

    def text(self) -> str:
        """The word as written; empty after the last one."""
        return str(self.tokens[self.index].text) if self.index < len(self.tokens) else ""

    def word(self, ahead: int = 0) -> str:
        """The word, or one further on, in capital letters; empty after the last one."""
        return self.words[self.index + ahead] if self.index + ahead < len(self.words) else ""

    def taken(self, *words: str) -> bool:
        """Whether these words come next; then it stands behind them."""
        if tuple(self.words[self.index : self.index + len(words)]) != words:
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Goes behind these words.

        Raises:
            StatementFailed: 42601 where others come next.
        """
        if not self.taken(*words):
            raise syntax_error_near(self.text())
