"""How Redshift lays a table out: DISTSTYLE, DISTKEY, SORTKEY, ENCODE, BACKUP.

They change nothing here but are kept for the catalog. sqlglot cannot read all of them, so they are cut out before it parses.
"""

from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.tokens import closing, keyword, tokenize

ENCODINGS = frozenset(
    {
        "RAW",
        "AZ64",
        "BYTEDICT",
        "DELTA",
        "DELTA32K",
        "LZO",
        "MOSTLY8",
        "MOSTLY16",
        "MOSTLY32",
        "RUNLENGTH",
        "TEXT255",
        "TEXT32K",
        "ZSTD",
        "AUTO",
    }
)
_MOST_INTERLEAVED, _MOST_COMPOUND = 8, 400
_STYLES = frozenset({"AUTO", "EVEN", "KEY", "ALL"})


@dataclass
class TableAttributes:
    """The layout a CREATE TABLE names; every name in lower case.

    Attributes:
        distribution_style: AUTO, EVEN, KEY or ALL; AUTO is Redshift's default.
        distribution_key: The column of DISTKEY.
        sort_key: The columns of SORTKEY, in order.
        interleaved: Whether each column of the sort key counts the same.
        encodings: Encoding by column.
    """

    distribution_style: str = "AUTO"
    distribution_key: str | None = None
    sort_key: list[str] = field(default_factory=list)
    interleaved: bool = False
    encodings: dict[str, str] = field(default_factory=dict)


def strip_attributes(sql: str) -> tuple[str, TableAttributes]:
    """Cut the layout out of a CREATE TABLE.

    Returns:
        The statement without it, and the layout.

    Raises:
        StatementFailed: 42601, where an encoding or style is none.
    """
    reader = _Reader(tokenize(sql))
    reader.read()
    reader.settle()
    for start, end in sorted(reader.cuts, reverse=True):
        sql = f"{sql[:start]} {sql[end + 1 :]}"
    return sql, reader.attributes


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.attributes = TableAttributes()
        self.cuts: list[tuple[int, int]] = []
        self.style = ""
        self._depth = 0
        self._column = ""
        self._column_begins = False

    def read(self) -> None:
        index = 0
        if [keyword(token) for token in self.tokens[1:3]] in (["LOCAL", "TEMP"], ["LOCAL", "TEMPORARY"]):  # LOCAL says nothing more
            self.cuts.append((self.tokens[1].start, self.tokens[1].end))
        while index < len(self.tokens):
            word = keyword(self.tokens[index])
            if word == "AS" and self._depth == 0:
                return
            index = self._step(index, word)

    def _step(self, index: int, word: str) -> int:
        token = self.tokens[index]
        if token.token_type == TokenType.L_PAREN:
            self._depth += 1
            self._column_begins = self._depth == 1
        elif token.token_type == TokenType.R_PAREN:
            self._depth -= 1
        elif token.token_type == TokenType.COMMA:
            self._column_begins = self._depth == 1
        elif self._column_begins:
            self._column, self._column_begins = str(token.text).lower(), False
        elif word == "ENCODE":
            return self._encode(index)
        elif word in {"DISTKEY", "SORTKEY"}:
            return self._key_of_column(index, word) if self._depth else self._key_of_table(index, word)
        elif word in {"DISTSTYLE", "BACKUP"} and self._depth == 0:
            return self._style(index, word)
        return index + 1

    def _value(self, index: int) -> str:
        if index + 1 >= len(self.tokens):
            raise syntax_error(f"at end of input after {self.tokens[index].text}")
        return str(self.tokens[index + 1].text).upper()

    def _cut(self, first: int, last: int) -> int:
        self.cuts.append((self.tokens[first].start, self.tokens[last].end))
        return last + 1

    def _encode(self, index: int) -> int:
        encoding = self._value(index)
        if encoding not in ENCODINGS:
            raise syntax_error(f'invalid encoding type specified for column "{self._column}": {encoding}')
        if self._depth:
            self.attributes.encodings[self._column] = encoding.lower()
        return self._cut(index, index + 1)

    def _key_of_column(self, index: int, word: str) -> int:
        if word == "DISTKEY":
            self._distribute_by(self._column)
        else:
            self.attributes.sort_key.append(self._column)
        return self._cut(index, index)

    def _key_of_table(self, index: int, word: str) -> int:
        self._value(index)
        if self.tokens[index + 1].token_type != TokenType.L_PAREN:  # SORTKEY AUTO
            return self._cut(index, index + 1)
        end = closing(self.tokens, index + 1)
        columns = [str(token.text).lower() for token in self.tokens[index + 2 : end] if token.token_type != TokenType.COMMA]
        if word == "DISTKEY":
            self._distribute_by(columns[0])
        else:
            if self.attributes.sort_key:
                raise StatementFailed("42601", "cannot specify more than one SORTKEY")
            self.attributes.sort_key = columns
            self.attributes.interleaved = keyword(self.tokens[index - 1]) == "INTERLEAVED"
            most = _MOST_INTERLEAVED if self.attributes.interleaved else _MOST_COMPOUND
            if len(columns) > most:  # r_CREATE_TABLE_NEW
                raise StatementFailed("54011", f"sort key cannot have more than {most} columns")
        begins = index - 1 if keyword(self.tokens[index - 1]) in {"COMPOUND", "INTERLEAVED"} else index
        return self._cut(begins, end)

    def _style(self, index: int, word: str) -> int:
        value = self._value(index)
        if word == "DISTSTYLE":
            if value not in _STYLES:
                raise syntax_error(f"invalid distribution style {value}")
            self.style = value
        return self._cut(index, index + 1)

    def _distribute_by(self, column: str) -> None:
        if self.attributes.distribution_key is not None:
            raise StatementFailed("42P16", "cannot specify more than one DISTKEY column")
        self.attributes.distribution_key = column

    def settle(self) -> None:
        """Compare the style with the key.

        Raises:
            StatementFailed: 42601 where they do not agree (r_CREATE_TABLE_NEW).
        """
        if self.attributes.distribution_key and self.style not in {"", "KEY"}:
            raise StatementFailed("42601", f"Cannot specify DISTKEY column of a table with DISTSTYLE {self.style}")
        if self.style == "KEY" and not self.attributes.distribution_key:
            raise StatementFailed("42601", "DISTSTYLE KEY requires a DISTKEY column")
        self.attributes.distribution_style = self.style or ("KEY" if self.attributes.distribution_key else "AUTO")
