"""Texts of COPY as values of a table's columns: what each type takes, what becomes NULL, and why a text does not fit.

The texts of many records are converted at once, by an expression of DuckDB for each column; another one tells which of them failed.
Sources: AWS, copy-parameters-data-conversion.html, r_Load_Error_Reference.html, r_DATEFORMAT_and_TIMEFORMAT_strings.html.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.local.redshift.columns import ColumnDefinition
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import from_declared
from infra.local.redshift.sql.values import moment_or_null

TOO_LARGE, DATE, TIMESTAMP, DIGIT, FLOAT, BOOLEAN, NOT_NULL, CHAR, OVERFLOW, JSON = (
    1204,
    1205,
    1206,
    1207,
    1208,
    1210,
    1213,
    1215,
    1222,
    1224,
)

_MARKS = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MM": "%m", "DD": "%d", "DY": "%a", "DAY": "%A", "HH24": "%H", "HH12": "%I",
    "HH": "%H", "MI": "%M", "SS": "%S", "US": "%f", "MS": "%g", "AM": "%p", "PM": "%p", "OF": "%z", "TZ": "%Z",
}  # fmt: skip
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
_TIMES = ("", " %H:%M:%S", " %H:%M:%S.%f", " %H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", " %I:%M:%S %p")
_TIMESTAMPS = {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}


@dataclass(frozen=True)
class Conversion:
    """How one column is filled.

    Attributes:
        column: The column.
        value: Its value in SQL, NULL where the text is NULL or does not fit.
        misfit: In SQL, whether a text that is no NULL does not fit.
        code: The error's number for such a text.
        reason: Its words.
    """

    column: ColumnDefinition
    value: str
    misfit: str
    code: int
    reason: str


def conversion(column: ColumnDefinition, source: str, options: Mapping[str, str]) -> Conversion:
    """Return how a column is filled from texts.

    Args:
        column: What is filled.
        source: The texts, in SQL.
        options: Of the COPY.

    Raises:
        StatementFailed: 0A000 for a DATEFORMAT or TIMEFORMAT that is not known here.
    """
    stored = column.plain_type
    text = _present(column, source, options)
    if stored == "VARCHAR":
        return _string(column, text, options)
    kind = "DECIMAL" if stored.startswith("DECIMAL") else "TIMESTAMP" if stored in _TIMESTAMPS else stored
    value, code, reason = _READERS[kind](column, text, options)
    misfit = f"({text}) is not null and ({value}) is null"
    if kind in {"DATE", "TIMESTAMP"} and "ACCEPTANYDATE" in options:
        misfit = "false"
    return Conversion(column, value, misfit, code, reason)


def _present(column: ColumnDefinition, source: str, options: Mapping[str, str]) -> str:
    """Return the text in SQL, NULL where the file says NULL."""
    null = options.get("NULL", "\\N")
    text = f"nullif({source}, {_quoted(null)})"
    if column.plain_type != "VARCHAR":
        return f"nullif(trim({text}), '')"
    if "TRIMBLANKS" in options:
        text = f"rtrim({text}, ' ')"
    if "BLANKSASNULL" in options:
        text = f"case when regexp_full_match({text}, ' +') then null else {text} end"
    if "EMPTYASNULL" in options:
        text = f"nullif({text}, '')"
    return text


def _string(column: ColumnDefinition, text: str, options: Mapping[str, str]) -> Conversion:
    length = column.byte_length or 65_535
    is_char = column.declared_type.startswith("character(")
    if "TRUNCATECOLUMNS" in options:
        text = f"case when strlen({text}) > {length} then rs_cut({text}, {length}) else {text} end"
    shortened = f"rtrim({text}, ' ')"  # blanks behind the end do not count
    value = f"case when strlen({text}) > {length} then {shortened} else {text} end"
    if is_char:
        value = f"rtrim({text}, ' ')"
        return Conversion(
            column,
            value,
            f"coalesce(strlen({shortened}) > {length} or strlen({text}) <> length({text}), false)",
            CHAR,
            "Char length exceeds DDL length, or multibyte characters",
        )
    return Conversion(column, value, f"coalesce(strlen({shortened}) > {length}, false)", TOO_LARGE, "String length exceeds DDL length")


Read = Callable[[ColumnDefinition, str, Mapping[str, str]], tuple[str, int, str]]


def _integer(column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    return (
        f"case when regexp_full_match({text}, '[+-]?[0-9]+') then try_cast({text} as {column.plain_type}) end",
        DIGIT,
        f"Invalid digit, or a value out of range, Type: {column.declared_type.capitalize()}",
    )


def _decimal(column: ColumnDefinition, text: str, options: Mapping[str, str]) -> tuple[str, int, str]:
    scale = int(column.plain_type.rstrip(")").rpartition(",")[2])
    form = f"regexp_full_match({text}, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)')"
    # By default COPY cuts digits that the scale does not hold; ROUNDEC rounds.
    cut = text if "ROUNDEC" in options else f"regexp_replace({text}, '(\\.[0-9]{{{scale}}})[0-9]+$', '\\1')"
    return (
        f"case when {form} then try_cast({cut} as {column.plain_type}) end",
        DIGIT,
        "Invalid digit, or a value out of range, Type: Decimal",
    )


def _float(column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    return f"try_cast(case when not contains({text}, '_') then {text} end as {column.plain_type})", FLOAT, "Invalid value, Type: Float"


def _boolean(_column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    value = f"""case when lower({text}) in ('t', 'true', 'y', 'yes', '1') then true
        when lower({text}) in ('f', 'false', 'n', 'no', '0') then false end"""
    return value, BOOLEAN, "Unknown boolean format"


def _date(column: ColumnDefinition, text: str, options: Mapping[str, str]) -> tuple[str, int, str]:
    form = options.get("DATEFORMAT", "")
    words = f"Invalid Date Format or value [{form or 'YYYY-MM-DD'}]"
    if form == "auto":
        return _recognized(column, text), DATE, words
    if not form:
        return f"case when regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}') then try_cast({text} as date) end", DATE, words
    return f"cast(try_strptime({text}, {_quoted(_form(form))}) as date)", DATE, words


def _timestamp(column: ColumnDefinition, text: str, options: Mapping[str, str]) -> tuple[str, int, str]:
    form = options.get("TIMEFORMAT", "")
    words = f"Invalid timestamp format or value [{form or 'YYYY-MM-DD HH24:MI:SS'}]"
    zoned = column.plain_type != "TIMESTAMP"
    number = f"try_cast(case when regexp_full_match({text}, '-?[0-9]+(\\.[0-9]+)?') then {text} end as decimal(24,6))"
    if form in {"epochsecs", "epochmillisecs"}:
        micros = f"make_timestamp(cast({number} * {1_000_000 if form == 'epochsecs' else 1000} as bigint))"
        return (f"timezone('UTC', {micros})" if zoned else micros), TIMESTAMP, words
    if not form:
        shaped = f"case when regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}') then {text} end"
        return moment_or_null(shaped, from_declared(column.declared_type)), TIMESTAMP, words
    if form == "auto":
        return _recognized(column, text), TIMESTAMP, words
    return f"cast(try_strptime({text}, {_quoted(_form(form))}) as {column.plain_type})", TIMESTAMP, words


def _time(column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    return moment_or_null(text, from_declared(column.declared_type)), TIMESTAMP, "Invalid time format or value"


def _super(_column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    return f"case when json_valid({text}) then cast({text} as json) end", JSON, "Invalid JSON, Type: Super"


def _varbyte(column: ColumnDefinition, text: str, _options: Mapping[str, str]) -> tuple[str, int, str]:
    longest = (column.byte_length or 64_000) * 2
    form = f"regexp_full_match({text}, '([0-9a-fA-F]{{2}})*') and strlen({text}) <= {longest}"
    return f"case when {form} then unhex({text}) end", 1219, "UTF-8 hexadecimal contains an invalid digit"


_READERS: dict[str, Read] = {
    "SMALLINT": _integer,
    "INTEGER": _integer,
    "BIGINT": _integer,
    "DECIMAL": _decimal,
    "FLOAT": _float,
    "DOUBLE": _float,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "TIME": _time,
    "TIME WITH TIME ZONE": _time,
    "JSON": _super,
    "BLOB": _varbyte,
}


def _recognized(column: ColumnDefinition, text: str) -> str:
    """Read a text as ``auto`` does; what CAST takes is recognized as well (AWS, automatic-recognition)."""
    whole = f"case when regexp_matches({text}, '(^|[^0-9])[0-9]{{4}}([^0-9]|$)') then {text} end"  # DuckDB takes 1/2/26 for the year 1
    forms = ", ".join(_quoted(date + time) for date in _DATES for time in _TIMES)
    known = f"cast(try_strptime({whole}, [{forms}]) as {column.plain_type})"
    return f"coalesce({known}, {moment_or_null(text, from_declared(column.declared_type))})"


def _form(form: str) -> str:
    """Return a format of Redshift as one of DuckDB.

    Raises:
        StatementFailed: 0A000 for a mark that is not known here.
    """
    made, rest = "", form
    while rest:
        mark = next((mark for mark in sorted(_MARKS, key=len, reverse=True) if rest.upper().startswith(mark)), None)
        if mark is None and rest[0].isalpha() and rest[0] != "T":
            raise StatementFailed("0A000", f"Invalid date or time format: {form}")
        made += _MARKS[mark] if mark else rest[0]
        rest = rest[len(mark) if mark else 1 :]
    return made


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
