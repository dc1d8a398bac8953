"""Reads the words of a statement one after the other: what the readers of statements share that sqlglot does not know."""

from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import syntax_error_near
from infra.local.redshift.tokens import closing, keywords, name_at


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

    def expect_end(self) -> None:
        """Sees that nothing follows.

        Raises:
            StatementFailed: 42601 where something does.
        """
        if self.index < len(self.words):
            raise syntax_error_near(self.text())

    def name(self) -> list[str]:
        """Reads a dotted name.

        Raises:
            StatementFailed: 42601 where none comes next.
        """
        parts, self.index = name_at(self.tokens, self.index)
        return parts

    def quoted(self) -> str:
        """Reads a string.

        Raises:
            StatementFailed: 42601 where none comes next.
        """
        if self.index >= len(self.tokens) or self.tokens[self.index].token_type != TokenType.STRING:
            raise syntax_error_near(self.text())
        self.index += 1
        return str(self.tokens[self.index - 1].text)

    def parenthesis(self, sql: str) -> str:
        """Reads what stands in the parentheses that come next.

        Args:
            sql: the text of the statement.

        Raises:
            StatementFailed: 42601 where none come next.
        """
        if self.word() != "(":
            raise syntax_error_near(self.text())
        begins, end = self.index, closing(self.tokens, self.index)
        self.index = end + 1
        return sql[self.tokens[begins].end + 1 : self.tokens[end].start].strip()
