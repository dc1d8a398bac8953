"""Text files of COPY taken apart: delimited, CSV, fixed width and JSON become records of texts, each with the line it began on.

Sources: AWS, copy-parameters-data-format.html, copy-usage_notes-copy-from-json.html, copy-parameters-file-compression.html.
"""

import csv
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

from infra.local.redshift.copy_command import CopyCommand
from infra.local.redshift.errors import StatementFailed

NO_DELIMITER, EXTRA_COLUMNS, INVALID_LINE, INVALID_CHARACTERS = 1214, 1202, 1216, 1220

_CODECS: dict[str, Literal["gzip", "bz2", "zstd"]] = {"GZIP": "gzip", "BZIP2": "bz2", "ZSTD": "zstd"}
_ENCODINGS = {"UTF8": "utf-8", "UTF-8": "utf-8", "UTF16": "utf-16", "UTF16LE": "utf-16-le", "UTF16BE": "utf-16-be", "ISO88591": "latin-1"}
_LONGEST_FIELD = 16 << 20
_SURROGATES = re.compile("[\udc80-\udcff]")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Record:
    """One record of a file.

    Attributes:
        line: The line it began on, from 1; of JSON the number of the document.
        raw: Its text.
        fields: Its values, None where it has none.
        code: Why it cannot be read, 0 where it can.
        reason: The same in words.
    """

    line: int
    raw: str
    fields: list[str | None]
    code: int = 0
    reason: str = ""


def text_of(body: bytes, command: CopyCommand) -> str:
    """Return a file's text, decompressed; bytes that are no UTF-8 stay recognisable.

    Raises:
        StatementFailed: XX000 where the file is not compressed as the command says.
    """
    options = command.options
    try:
        for option, codec in _CODECS.items():
            if option in options:
                body = pa.CompressedInputStream(pa.BufferReader(body), codec).read()
    except OSError as error:
        raise StatementFailed("XX000", "The compressed file could not be read; it is not compressed as the command says") from error
    encoding = _ENCODINGS[options.get("ENCODING", "UTF8").upper()]
    text = body.decode(encoding, errors="surrogateescape" if encoding == "utf-8" else "replace").removeprefix("\ufeff")
    if "ACCEPTINVCHARS" in options:
        text = _SURROGATES.sub(options["ACCEPTINVCHARS"] or "?", text)
    return text


def records(text: str, command: CopyCommand, names: Sequence[str], paths: Sequence[str] | None) -> Iterator[Record]:
    """Yield the records of a text.

    Args:
        text: The file's.
        command: The options.
        names: The columns that are loaded, in order.
        paths: The JSONPath expressions, one a column; None matches names.
    """
    if command.format == "JSON":
        yield from _json(text, command.options["JSON"], names, paths)
        return
    skipped = int(command.options.get("IGNOREHEADER", "0"))
    read = _csv if command.format == "CSV" else _fixed if "FIXEDWIDTH" in command.options else _delimited
    for line, raw, fields in itertools.islice(read(text, command), skipped, None):
        if not raw and "IGNOREBLANKLINES" in command.options:
            continue
        yield _counted(line, raw, fields, len(names), fill="FILLRECORD" in command.options)


def _counted(line: int, raw: str, fields: list[str | None] | None, expected: int, *, fill: bool) -> Record:
    if _SURROGATES.search(raw):
        return Record(line, _SURROGATES.sub("?", raw), [], INVALID_CHARACTERS, "String contains invalid or unsupported UTF8 codepoints")
    if fields is None:
        return Record(line, raw, [], INVALID_LINE, "Invalid quote formatting for CSV")
    if len(fields) > expected:
        return Record(line, raw, [], EXTRA_COLUMNS, "Extra column(s) found")
    if len(fields) < expected:
        if not fill:
            return Record(line, raw, [], NO_DELIMITER, "Delimiter not found")
        fields = fields + [""] * (expected - len(fields))
    return Record(line, raw, fields)


Line = tuple[int, str, list[str | None] | None]
"""Number, text and fields; None where the text cannot be taken apart."""


def _csv(text: str, command: CopyCommand) -> Iterator[Line]:
    quote = command.options.get("QUOTE", '"')
    delimiter = command.options.get("DELIMITER", ",")
    lines = _Lines(text)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, doublequote=True, strict=True)
    while True:
        begins = lines.taken
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield begins + 1, lines.text(begins), None
            continue
        yield begins + 1, lines.text(begins), list(fields or [""])


class _Lines:
    """The lines of a text, with a memory of what was taken."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True) if "\x0b" not in text and "\x0c" not in text else re.findall(r".*?\n|.+$", text)
        self.taken = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.taken >= len(self._lines):
            raise StopIteration
        self.taken += 1
        return self._lines[self.taken - 1]

    def text(self, begins: int) -> str:
        return "".join(self._lines[begins : self.taken]).rstrip("\r\n")


def _delimited(text: str, command: CopyCommand) -> Iterator[Line]:
    options = command.options
    delimiter = options.get("DELIMITER", "|").replace("\\t", "\t")
    null = options.get("NULL", "\\N")
    escapes, unquotes = "ESCAPE" in options, "REMOVEQUOTES" in options
    boundary = re.compile(rf"((?:\\.|[^\\])*?)(?:{re.escape(delimiter)}|\Z)", re.DOTALL)
    number = 0
    for raw, height in _physical(text, joins=escapes):
        begins, number = number + 1, number + height
        if not escapes:
            fields: list[str | None] = list(raw.split(delimiter))
        else:
            fields, position = [], 0
            while position <= len(raw):
                found = boundary.match(raw, position)
                piece = found[1] if found else raw[position:]
                fields.append(piece if piece == null else _ESCAPED.sub(r"\1", piece))
                position += len(piece) + len(delimiter)
        yield begins, raw, [_unquoted(field) for field in fields] if unquotes else fields


def _physical(text: str, *, joins: bool) -> Iterator[tuple[str, int]]:
    """Yield the lines of a text and how many each takes; with ESCAPE a backslash carries a line on."""
    waiting: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        waiting.append(line)
        if joins and (len(line) - len(line.rstrip("\\"))) % 2:
            continue
        yield "\n".join(waiting).removesuffix("\r"), len(waiting)
        waiting = []
    if waiting:
        yield "\n".join(waiting), len(waiting)


def _unquoted(field: str | None) -> str | None:
    if field and len(field) > 1 and field[0] == field[-1] and field[0] in "\"'":
        return field[1:-1]
    return field


def _fixed(text: str, command: CopyCommand) -> Iterator[Line]:
    widths = [int(part.rpartition(":")[2]) for part in command.options["FIXEDWIDTH"].split(",")]
    ends = list(itertools.accumulate(widths))
    for number, (raw, _) in enumerate(_physical(text, joins=False), start=1):
        yield number, raw, [raw[end - width : end].strip() for end, width in zip(ends, widths, strict=True)]


def paths_of(body: bytes) -> list[str]:
    """Return the expressions of a JSONPaths file.

    Raises:
        StatementFailed: XX000 where it is none.
    """
    try:
        paths = json.loads(body)["jsonpaths"]
        assert all(isinstance(path, str) for path in paths)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise StatementFailed("XX000", "Invalid JSONPath file: an object with a list jsonpaths is expected") from error
    for path in paths:
        if not re.fullmatch(r"\$(?:" + _STEP.pattern + ")*", path):
            raise StatementFailed(
                "XX000", f"Invalid JSONPath format: {path}. Supported notations are 'dot-notation' and 'bracket-notation'"
            )
    return [str(path) for path in paths]


def _json(text: str, how: str, names: Sequence[str], paths: Sequence[str] | None) -> Iterator[Record]:
    decoder = json.JSONDecoder(parse_float=Decimal)
    position, number = 0, 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position >= len(text):
            return
        number += 1
        try:
            document, end = decoder.raw_decode(text, position)
        except ValueError:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            yield Record(number, text[position:end], [], INVALID_LINE, "Invalid value.")
            position = end
            continue
        raw, position = text[position:end], end
        if how == "noshred":
            yield Record(number, raw, [raw])
        elif paths is None and not isinstance(document, dict):
            yield Record(number, raw, [], INVALID_LINE, "Invalid value.")
        else:
            yield Record(number, raw, _picked(document, how, names, paths))


def _picked(document: Any, how: str, names: Sequence[str], paths: Sequence[str] | None) -> list[str | None]:
    if paths is not None:
        return [_scalar(_at(document, path)) for path in paths]
    if how == "auto ignorecase":
        document = {key.lower(): value for key, value in document.items()}
    return [_scalar(document.get(name)) for name in names]


def _at(document: Any, path: str) -> Any:
    for found in _STEP.finditer(path):
        name = found[1] if found[1] is not None else found[3]
        if name is not None:
            document = document.get(name) if isinstance(document, dict) else None
        else:
            place = int(found[2])
            document = document[place] if isinstance(document, list) and place < len(document) else None
    return document


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=float)
    return format(value, "f") if isinstance(value, Decimal) else str(value)
