"""The text of COPY and UNLOAD, read; what Redshift does not take with a format is refused here. Source: AWS, r_COPY.html, r_UNLOAD.html."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error, syntax_error_near
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
        format: PARQUET, CSV, JSON, or DELIMITED where none is said.
        iam_role: ARN or ``default``.
        keys: Access keys written into the text, by ``access_key``, ``secret_key``, ``session_token``, ``credentials``.
        options: Further words, each with its value or "".
    """

    table: list[str]
    columns: list[str] | None
    source: str
    format: str = "DELIMITED"
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
    if reader.word() == "JOB":
        raise not_supported("COPY JOB, on this server,")
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
    _refuse_unload_options(command)
    return command


def _read_unload_option(reader: "_Reader", command: UnloadCommand, word: str) -> None:
    """Keep an option of UNLOAD (AWS, r_UNLOAD); one that is not known is refused."""
    if word in {"PARQUET", "CSV", "JSON"}:
        command.format = _another(command.format, word, "TEXT")
    elif word in _UNLOAD_FLAGS:
        command.options[word] = ""
        # ENCRYPTED AUTO: under the key that the bucket has by default, which is S3's own business here.
        reader.index += word == "ENCRYPTED" and reader.word() == "AUTO"
    elif word in {"IAM_ROLE", "REGION", "DELIMITER", "NULL", "EXTENSION", "FIXEDWIDTH", "KMS_KEY_ID", *_KEYS}:
        reader.skip_as()
        command.options[word] = reader.value()
    elif word in {"MAXFILESIZE", "ROWGROUPSIZE"}:
        reader.skip_as()
        command.options[word] = str(reader.megabytes())
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
    else:
        if word == "MASTER_SYMMETRIC_KEY":
            raise not_supported(f"{word} of UNLOAD, on this server,")
        raise syntax_error_near(str(reader.tokens[reader.index - 1].text))


def _another(format_: str, word: str, default: str) -> str:
    """Return the format that an option names; a command has one (copy-parameters-data-format)."""
    if format_ != default:
        raise StatementFailed("42601", "conflicting or redundant options")
    return word


_UNLOAD_FLAGS = frozenset(
    {"ADDQUOTES", "ALLOWOVERWRITE", "BZIP2", "CLEANPATH", "ENCRYPTED", "ESCAPE", "GZIP", "HEADER", "MANIFEST", "VERBOSE", "ZSTD"}
)
_NOT_UNLOADED_WITH = {
    "PARQUET": {"DELIMITER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL", "HEADER", "GZIP", "BZIP2", "ZSTD"},
    "JSON": {"DELIMITER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL", "HEADER"},
    "CSV": {"FIXEDWIDTH", "ADDQUOTES", "ESCAPE"},
    "TEXT": set[str](),
}
_SMALLEST_FILE, _LARGEST_FILE = 5, 6200


def _refuse_unload_options(command: UnloadCommand) -> None:
    options = command.options
    for option in sorted(_NOT_UNLOADED_WITH[command.format] & set(options)):
        raise StatementFailed("0A000", f"{option} is not supported for UNLOAD to {command.format}")
    if {"CLEANPATH", "ALLOWOVERWRITE"} <= set(options) or len({"GZIP", "BZIP2", "ZSTD"} & set(options)) > 1:
        raise StatementFailed("42601", "conflicting or redundant options")
    if {"FIXEDWIDTH", "HEADER"} <= set(options) or {"FIXEDWIDTH", "DELIMITER"} <= set(options):
        raise StatementFailed("0A000", "FIXEDWIDTH option cannot be used with HEADER or DELIMITER")
    if "ROWGROUPSIZE" in options and command.format != "PARQUET":
        raise StatementFailed("0A000", "ROWGROUPSIZE is supported for UNLOAD to PARQUET only")
    if "MAXFILESIZE" in options and not _SMALLEST_FILE <= float(options["MAXFILESIZE"]) <= _LARGEST_FILE:
        raise StatementFailed("22023", "MAXFILESIZE must be between 5 MB and 6.2 GB")


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

    def skip_as(self) -> None:
        if self.word() == "AS":
            self.index += 1

    def is_given(self) -> bool:
        following = self.index + (self.word() == "AS")
        return following < len(self.tokens) and self.tokens[following].token_type in {TokenType.STRING, TokenType.HEREDOC_STRING}

    def given(self, what: str) -> str:
        self.skip_as()
        return self.string(what)

    def megabytes(self) -> float:
        """Read a size: a number, and MB where GB is not said."""
        number = self.value()
        if not number.replace(".", "", 1).isdigit():
            raise syntax_error_near(number)
        unit = self.word()
        self.index += unit in {"MB", "GB"}
        return float(number) * (1000 if unit == "GB" else 1)

    def options(self, read: Callable[[str], None]) -> None:
        while self.index < len(self.tokens):
            word = self.word()
            self.index += 1
            if word not in {"WITH", "AS", "FORMAT"}:
                read(word)


_FLAGS = frozenset(
    {
        "ACCEPTANYDATE",
        "BLANKSASNULL",
        "BZIP2",
        "EMPTYASNULL",
        "ESCAPE",
        "EXPLICIT_IDS",
        "FILLRECORD",
        "GZIP",
        "IGNOREALLERRORS",
        "IGNOREBLANKLINES",
        "MANIFEST",
    }
    | {"NOLOAD", "REMOVEQUOTES", "ROUNDEC", "SERIALIZETOJSON", "TRIMBLANKS", "TRUNCATECOLUMNS", "ZSTD"}
)
_STRINGS = frozenset({"DATEFORMAT", "DELIMITER", "FIXEDWIDTH", "NULL", "QUOTE", "REGION", "TIMEFORMAT"})
_NUMBERS = frozenset({"COMPROWS", "IGNOREHEADER", "MAXERROR", "READRATIO"})
_SWITCHES = frozenset({"COMPUPDATE", "STATUPDATE"})
_NOT_HERE = frozenset({"ENCRYPTED", "JOB", "LZOP", "MASTER_SYMMETRIC_KEY", "SHAPEFILE", "SSH"})
"""What AWS's COPY takes and this server does not."""
_NOT_WITH = {
    "CSV": {"ESCAPE", "FIXEDWIDTH", "REMOVEQUOTES", "SERIALIZETOJSON"},
    "JSON": {
        "DELIMITER",
        "ESCAPE",
        "FILLRECORD",
        "FIXEDWIDTH",
        "IGNOREBLANKLINES",
        "IGNOREHEADER",
        "NULL",
        "QUOTE",
        "READRATIO",
        "REMOVEQUOTES",
    },
    "DELIMITED": {"QUOTE", "SERIALIZETOJSON"},
}
"""What each format does not go with (AWS, copy-parameters-data-format.html)."""
_MOST_ERRORS = 100_000


def _read_option(reader: _Reader, command: CopyCommand, word: str) -> None:  # noqa: C901 - one branch for each kind of option
    if word == "IAM_ROLE":
        command.iam_role = reader.value()
    elif word in _KEYS:
        command.keys[_KEYS[word]] = reader.given(word)
    elif word in _FORMATS:
        command.format = _another(command.format, word, "DELIMITED")
        if word in {"JSON", "AVRO"}:
            command.options[word] = reader.given(word) if reader.is_given() else "auto"
    elif word in _FLAGS:
        command.options[word] = ""
    elif word in _STRINGS:
        command.options[word] = reader.given(word)
    elif word == "ENCODING":
        reader.skip_as()
        command.options[word] = reader.value()
    elif word == "ACCEPTINVCHARS":
        command.options[word] = reader.given(word) if reader.is_given() else ""
    elif word in _NUMBERS:
        reader.skip_as()
        command.options[word] = reader.value()
        if not command.options[word].isdigit():
            raise syntax_error_near(str(command.options[word]))
    elif word in _SWITCHES:
        command.options[word] = reader.value() if reader.word() in {"ON", "OFF", "TRUE", "FALSE", "PRESET"} else ""
    else:
        raise _unknown(reader, word)


def _unknown(reader: _Reader, word: str) -> StatementFailed:
    if word in _NOT_HERE:
        return not_supported(f"{word} of COPY, on this server,")
    return syntax_error_near(str(reader.tokens[reader.index - 1].text))


def _refuse_options(command: CopyCommand) -> None:
    options = command.options
    if command.format in {"ORC", "AVRO"}:
        raise not_supported(f"COPY FORMAT {command.format}")
    if not command.source.startswith("s3://"):
        raise not_supported(f"COPY FROM '{command.source.partition(':')[0]}:', on this server,")
    if options.get("MAXERROR") == "0":  # the default, said aloud; loaders send it and Redshift takes it
        del options["MAXERROR"]
    if command.format == "PARQUET":
        for option in sorted(set(options) - _WITH_PARQUET):
            raise StatementFailed("0A000", f"{option} argument is not supported for PARQUET based COPY")
    else:
        _refuse_with_text(command)
    if not command.iam_role and not command.keys:
        raise StatementFailed("42601", "COPY needs an authorization: IAM_ROLE is missing")


def _refuse_with_text(command: CopyCommand) -> None:
    options = command.options
    for option in sorted(_NOT_WITH[command.format] & set(options)):
        raise StatementFailed("0A000", f"{option} option is not supported for {command.format}")
    if {"FIXEDWIDTH", "DELIMITER"} <= set(options) or {"FIXEDWIDTH", "ESCAPE"} <= set(options):
        raise StatementFailed("0A000", "FIXEDWIDTH option cannot be used with DELIMITER or ESCAPE")
    if len({"GZIP", "BZIP2", "ZSTD"} & set(options)) > 1:
        raise StatementFailed("42601", "conflicting or redundant options")
    if "IGNOREALLERRORS" in options and options.setdefault("MAXERROR", str(_MOST_ERRORS)) != str(_MOST_ERRORS):
        raise StatementFailed("0A000", "IGNOREALLERRORS and MAXERROR cannot be used together")
    if int(options.get("MAXERROR", "0")) > _MOST_ERRORS:
        raise StatementFailed("22023", f"MAXERROR must be between 0 and {_MOST_ERRORS}")
    if command.format == "CSV" and len(options.get("DELIMITER", ",")) != 1:
        raise not_supported("a DELIMITER of several characters with CSV")
    if options.get("ENCODING", "UTF8").upper() not in {"UTF8", "UTF16", "UTF16LE", "UTF16BE", "ISO88591"}:
        raise StatementFailed("22023", f"invalid encoding {options['ENCODING']}")
    how = options.get("JSON", "auto")
    if how not in {"auto", "auto ignorecase", "noshred"} and not how.startswith("s3://"):
        raise StatementFailed("0A000", f"Invalid JSON option '{how}': auto, auto ignorecase, noshred or the address of a JSONPaths file")
