"""The text of COPY and UNLOAD, read; what Redshift does not take with Parquet is refused here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error
from infra.local.redshift.tokens import closing, keyword, keywords, name_at, tokenize

_FORMATS = frozenset({"PARQUET", "CSV", "JSON", "ORC", "AVRO"})
_WITH_PARQUET = frozenset({"FILLRECORD", "MANIFEST", "SERIALIZETOJSON", "STATUPDATE", "ACCEPTINVCHARS", "EXPLICIT_IDS"})
_KEYS = {"ACCESS_KEY_ID": "access_key", "SECRET_ACCESS_KEY": "secret_key", "SESSION_TOKEN": "session_token", "CREDENTIALS": "credentials"}


@dataclass
class CopyCommand:
    """A COPY.

    Attributes:
        table: The target's name in parts.
        columns: The column list, None where none is given.
        source: The ``s3://`` address of a prefix or manifest.
        format: PARQUET, or another that is not supported here; Redshift's default is CSV.
        iam_role: ARN or ``default``.
        keys: Access keys written into the text, by ``access_key``, ``secret_key``, ``session_token``, ``credentials``.
        options: Further words, each with its value or "".
    """

    table: list[str]
    columns: list[str] | None
    source: str
    format: str = "CSV"
    iam_role: str | None = None
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class UnloadCommand:
    """An UNLOAD.

    Attributes:
        query: The query's text.
        prefix: Where its files go.
        format: PARQUET, CSV, JSON, or TEXT where none is said.
        options: Further words, each with its value or "".
        partitions: The columns of PARTITION BY.
    """

    query: str
    prefix: str
    format: str = "TEXT"
    options: dict[str, str] = field(default_factory=dict)
    partitions: list[str] = field(default_factory=list)


def read_copy(tokens: list[Token]) -> CopyCommand:
    """Read a COPY.

    Raises:
        StatementFailed: 42601 for a text that is none, 0A000 for options Redshift refuses with Parquet or formats not known here.
    """
    reader = _Reader(tokens, 1)
    table, reader.index = name_at(tokens, 1)
    columns = None
    if reader.type() == TokenType.L_PAREN:
        end = closing(tokens, reader.index)
        columns = [str(token.text).lower() for token in tokens[reader.index + 1 : end] if token.token_type != TokenType.COMMA]
        reader.index = end + 1
    if reader.word() != "FROM":
        raise syntax_error("COPY needs FROM")
    reader.index += 1
    command = CopyCommand(table, columns, reader.string("a source"))
    reader.options(lambda word: _read_option(reader, command, word))
    _refuse_options(command)
    return command


def read_unload(sql: str) -> UnloadCommand:
    """Read an UNLOAD.

    Raises:
        StatementFailed: 42601 for a text that is none, 0A000 for a format that is not known here.
    """
    tokens = tokenize(sql)
    reader = _Reader(tokens, 1)
    words = keywords(tokens[:5])
    if [words[0], words[4:], reader.type()] != ["UNLOAD", ["TO"], TokenType.L_PAREN] or closing(tokens, 1) != len(words) - 2:
        raise syntax_error("UNLOAD ('query') TO 's3://...' expected")
    reader.index = len(words)
    command = UnloadCommand(str(tokens[2].text), reader.string("a target"))
    reader.options(lambda word: _read_unload_option(reader, command, word))
    if command.format not in {"PARQUET", "CSV", "JSON", "TEXT"}:
        raise not_supported(f"UNLOAD FORMAT {command.format}")
    if not {"IAM_ROLE", "CREDENTIALS", "ACCESS_KEY_ID"} & set(command.options):
        raise StatementFailed("42601", "UNLOAD needs an authorization: IAM_ROLE is missing")
    return command


def _read_unload_option(reader: "_Reader", command: UnloadCommand, word: str) -> None:  # noqa: C901 - one branch for each option
    """Keep an option of UNLOAD (AWS, r_UNLOAD); one that is not known is refused."""
    if word in {"PARQUET", "CSV", "JSON"}:
        command.format = word
    elif word in {"MANIFEST", "ALLOWOVERWRITE", "CLEANPATH", "HEADER", "ADDQUOTES", "ESCAPE", "GZIP", "VERBOSE", "ENCRYPTED"}:
        command.options[word] = ""
    elif word in {"IAM_ROLE", "REGION", "DELIMITER", "NULL", "MAXFILESIZE", "ROWGROUPSIZE", "KMS_KEY_ID", *_KEYS}:
        if reader.word() == "AS":
            reader.index += 1
        command.options[word] = reader.value()
    elif word == "PARALLEL":
        command.options[word] = reader.value() if reader.word() in {"ON", "OFF", "TRUE", "FALSE"} else ""
    elif word == "PARTITION BY":
        if reader.type() != TokenType.L_PAREN:
            raise syntax_error("PARTITION BY (columns) expected")
        end = closing(reader.tokens, reader.index)
        listed = reader.tokens[reader.index + 1 : end]
        command.partitions = [str(token.text).lower() for token in listed if token.token_type != TokenType.COMMA]
        reader.index = end + 1
        if reader.word() == "INCLUDE":
            command.options["INCLUDE"] = ""
            reader.index += 1
    elif word in {"MB", "GB", "EXTENSION"}:
        if word == "EXTENSION":
            command.options[word] = reader.value()
    else:
        raise syntax_error(f'at or near "{reader.tokens[reader.index - 1].text}"')


class _Reader:
    def __init__(self, tokens: list[Token], index: int) -> None:
        self.tokens = tokens
        self.index = index

    def word(self) -> str:
        return keyword(self.tokens[self.index]) if self.index < len(self.tokens) else ""

    def type(self) -> TokenType | None:
        return self.tokens[self.index].token_type if self.index < len(self.tokens) else None

    def string(self, what: str) -> str:
        if self.type() not in {TokenType.STRING, TokenType.HEREDOC_STRING}:
            raise syntax_error(f"{what} in quotes expected")
        self.index += 1
        return str(self.tokens[self.index - 1].text)

    def value(self) -> str:
        if self.index >= len(self.tokens):
            raise syntax_error("at end of input")
        self.index += 1
        return str(self.tokens[self.index - 1].text)

    def options(self, read: Callable[[str], None]) -> None:
        while self.index < len(self.tokens):
            word = self.word()
            self.index += 1
            if word not in {"WITH", "AS", "FORMAT"}:
                read(word)


def _read_option(reader: _Reader, command: CopyCommand, word: str) -> None:
    if word == "IAM_ROLE":
        command.iam_role = reader.value()
    elif word in _KEYS:
        if reader.word() == "AS":
            reader.index += 1
        command.keys[_KEYS[word]] = reader.string(word)
    elif word in _FORMATS:
        command.format = word
    elif word in {"REGION", "MAXERROR"}:
        command.options[word] = reader.value() if reader.word() != "AS" else (reader.value(), reader.value())[1]
    elif word in {"STATUPDATE", "COMPUPDATE"}:
        command.options[word] = reader.value() if reader.word() in {"ON", "OFF", "TRUE", "FALSE", "PRESET"} else ""
    elif word:
        command.options[word] = ""
    else:
        raise syntax_error(f'at or near "{reader.tokens[reader.index - 1].text}"')


def _refuse_options(command: CopyCommand) -> None:
    if command.format != "PARQUET":
        raise not_supported(f"COPY FORMAT {command.format}")
    if command.options.get("MAXERROR") == "0":  # the default, said aloud; loaders send it and Redshift takes it
        del command.options["MAXERROR"]
    for option in sorted(set(command.options) - _WITH_PARQUET):
        raise StatementFailed("0A000", f"{option} argument is not supported for PARQUET based COPY")
    if not command.iam_role and not command.keys:
        raise StatementFailed("42601", "COPY needs an authorization: IAM_ROLE is missing")
