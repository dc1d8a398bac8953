"""Bodies as the API prints them, and every kind of damage and oddness that has been thought of, from a seed."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from tasks.records import CapturedBody

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAILY: Final = ("open", "high", "low", "close", "volume")
ADJUSTED: Final = ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount", "split coefficient")

SESSIONS: Final = (
    *("2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-02-30", "2024-04-31", "2024-12-31", "2024-13-01", "2024-00-10"),
    *("2024-01-00", "2024-01-32", "0000-01-01", "0001-01-01", "9999-12-31", "2024-1-01", "2024-01-1", "20240101", "2024/01/01", ""),
    *("2024-01-01 14:55:00", "2024-01-01 14:55", "2024-01-01T14:55", " 2024-01-01", "2024-01-01 ", "Information", "２024-01-01"),  # noqa: RUF001 - a digit that is no ASCII digit
)
TEXTS: Final = (
    *(
        "",
        "0",
        "1",
        "152",
        "0.0000",
        "00.1000",
        "-1.0000",
        "-0.0000",
        "+1.0000",
        ".5000",
        "1.",
        "1e5",
        "1E-3",
        "1.0e1",
        "nan",
        "inf",
        "N/A",
    ),
    *("None", "null", " 1.0000", "1.0000 ", "1,000.0000", "1.000.0", "1..0", "0x10", "1_0", "9.9", "9.99", "9.999", "9.99999", "9.999999"),
    *("9.9999999", "9.1234560", "999999.9999", "9999999.9999", "9999999.999999", "12345678.0000", "123456789012.1234", "1234567890123.0"),
    *("176.03999999999996", "7.00000700001", "1.0", "110.601696510159", "0." + "0" * 19 + "1", "1" * 18, "1" * 19, "1" * 20, "9" * 30),
    *("99999999", "100000000", "999999999999999", "1000000000000000", "9223372036854775807", "9223372036854775808", "-5", "1.5", "１"),  # noqa: RUF001 - as above
    *("\\u0031.0000", "1\\/2", '1\\"0', "\\n", "\t", "\x7f", "1\x00", "ü", "{", "}", "1}", '"', "\\ud800"),
)
BARE: Final = ("218.20", "5", "null", "true", '[1, "a"]', "{}", '{"x": 1.50}', "NaN", "1e5", "-0", "")
BYTES: Final = b'0123456789"{}[]:,.-+eE \t\n\r\\/x\x00\x7f\xc3\xff'

Mutation = Callable[[Random, bytes], bytes]


def row(random: Random, names: Sequence[str]) -> list[str]:
    """The values of a bar, as the API writes them: four decimals, or of late as many as the number takes."""
    digits = random.choice((1, 2, 2, 3, 3, 3, 4, 5, 6, 7))
    decimals = 4 if names is DAILY or random.random() < 0.5 else 0
    values = []
    for name in names:
        number = random.randrange(10**digits * 10_000) / 10_000
        if name == "volume":
            values.append(str(random.randrange(10 ** random.randint(1, 15))))
        elif name in {"dividend amount", "split coefficient"} and random.random() < 0.9:
            values.append(random.choice(("0.0000", "1.0000", "0.0", "1.0")))
        else:
            values.append(f"{number:.4f}" if decimals else repr(round(number, random.choice((1, 2, 4, 6)))))
    return values


def printed(rows: Sequence[tuple[str, Sequence[str]]], names: Sequence[str], symbol: str = "IBM") -> bytes:
    """A body in the layout of the API."""
    head = ("Daily Prices (open, high, low, close) and Volumes", symbol, "2026-11-19", "Compact", "US/Eastern")
    members = zip(("Information", "Symbol", "Last Refreshed", "Output Size", "Time Zone"), head, strict=True)
    metadata = ",\n".join(f'        "{number}. {name}": "{text}"' for number, (name, text) in enumerate(members, start=1))
    bars = ",\n".join(
        f'        "{session}": {{\n'
        + ",\n".join(
            f'            "{number}. {name}": "{text}"' for number, (name, text) in enumerate(zip(names, values, strict=True), start=1)
        )
        + "\n        }"
        for session, values in rows
    )
    return f'{{\n    "Meta Data": {{\n{metadata}\n    }},\n    "Time Series (Daily)": {{\n{bars}\n    }}\n}}'.encode()


def body(random: Random, names: Sequence[str], symbol: str = "IBM", key: str = "raw/a") -> CapturedBody:
    """One to four bars, newest first, undamaged."""
    newest = date(1970, 1, 1) + timedelta(days=random.randrange(60_000))
    rows = [(str(newest - timedelta(days=back)), row(random, names)) for back in range(random.randint(1, 4))]
    return CapturedBody(symbol, key, NOON, printed(rows, names, symbol) + random.choice((b"", b"\n", b" \r\n\t")))


def mutated(random: Random, names: Sequence[str], key: str = "raw/a") -> CapturedBody:
    """The same with one to three mutations."""
    whole = body(random, names, key=key)
    text = whole.body
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice(MUTATIONS)(random, text)
    return CapturedBody(random.choice(("IBM", "IBM", "IBM", "ibm", "MSFT")), key, whole.observed_at, text)


def _spot(random: Random, text: bytes, longest: int = 40) -> tuple[int, int]:
    begin = random.randrange(len(text) + 1)
    return begin, min(len(text), begin + random.randint(1, longest))


def _byte_changed(random: Random, text: bytes) -> bytes:
    begin, _ = _spot(random, text)
    return text[:begin] + bytes([random.choice(BYTES)]) + text[begin + 1 :]


def _byte_put_in(random: Random, text: bytes) -> bytes:
    begin, _ = _spot(random, text)
    return text[:begin] + bytes([random.choice(BYTES)]) * random.randint(1, 3) + text[begin:]


def _cut(random: Random, text: bytes) -> bytes:
    begin, end = _spot(random, text)
    return text[:begin] + text[end:]


def _ended_early(random: Random, text: bytes) -> bytes:
    return text[: _spot(random, text)[0]]


def _repeated(random: Random, text: bytes) -> bytes:
    begin, end = _spot(random, text, 200)
    return text[:end] + text[begin:]


def _lines(change: Callable[[Random, list[bytes]], list[bytes]]) -> Mutation:
    return lambda random, text: b"\n".join(change(random, text.split(b"\n")))


def _lines_swapped(random: Random, lines: list[bytes]) -> list[bytes]:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def _line_doubled(random: Random, lines: list[bytes]) -> list[bytes]:
    at = random.randrange(len(lines))
    return [*lines[:at], lines[at], *lines[at:]]


def _line_lost(random: Random, lines: list[bytes]) -> list[bytes]:
    at = random.randrange(len(lines))
    return [*lines[:at], *lines[at + 1 :]]


def _line_reworded(random: Random, lines: list[bytes]) -> list[bytes]:
    """One value, or one session, becomes another text; or a value loses its quotes."""
    at = random.randrange(len(lines))
    name, colon, rest = lines[at].partition(b'": ')
    if rest.startswith(b"{"):
        lines[at] = b'        "' + random.choice(SESSIONS).encode() + colon + rest
    elif colon:
        value = f'"{random.choice(TEXTS)}"' if random.random() < 0.8 else random.choice(BARE)
        lines[at] = name + colon + value.encode() + (b"," if rest.endswith(b",") else b"")
    return lines


def _row_told_again(_: Random, text: bytes) -> bytes:
    """One session comes twice, at the same or another place."""
    begin = text.index(b'"Time Series (Daily)": {\n') + len(b'"Time Series (Daily)": {\n')
    end = text.index(b"        }", begin) + len(b"        }")
    return text[:begin] + text[begin:end] + b",\n" + text[begin:]


def _printed_otherwise(random: Random, text: bytes) -> bytes:
    pairs = json.loads(text, object_pairs_hook=dict)
    indent, separators = random.choice(((None, None), (None, (",", ":")), (2, None), (4, None), (4, (", ", ": ")), ("\t", None)))
    return json.dumps(pairs, indent=indent, separators=separators, sort_keys=random.random() < 0.3).encode()


def _renamed(random: Random, text: bytes) -> bytes:
    old, new = random.choice(
        (
            (b"1. open", b"2. open"),
            (b"2. high", b"high"),
            (b"3. low", b"3. Low"),
            (b"volume", b"trades"),
            (b"Meta Data", b"meta data"),
            (b"2. Symbol", b"1. Symbol"),
            (b'"IBM"', b'"ibm"'),
            (b'"IBM"', b'" IBM "'),
            (b'"IBM"', b'"MSFT"'),
            (b'"IBM"', b'"I\\u0042M"'),
            (b"Compact", b'Compact", "2. Symbol": "IBM'),
            (b"Compact", b'Compact \\"Time Series (Daily)\\": {'),
            (b"US/Eastern", b""),
            (b"Time Series (Daily)", b"Weekly Time Series"),
            (b"Time Series (Daily)", b"time series (daily)"),
            (b"\n", b"\r\n"),
            (b"\n", b"\n\n"),
            (b"    ", b"\t"),
            (b'": "', b'":"'),
            (b'"1. open"', b'"0. more": "1",\n            "1. open"'),
        ),
    )
    return text.replace(old, new, random.choice((1, -1)))


def _wrapped(random: Random, text: bytes) -> bytes:
    before, after = random.choice(
        ((b"\xef\xbb\xbf", b""), (b" ", b""), (b"[", b"]"), (b"", b"x"), (b"", b"\x0b"), (b"", b" " * 40), (b"", text))
    )
    return before + text + after


def _guarded(mutation: Mutation) -> Mutation:
    """A mutation that needs a readable body leaves a damaged one alone."""

    def apply(random: Random, text: bytes) -> bytes:
        try:
            return mutation(random, text)
        except (ValueError, RecursionError):
            return text

    return apply


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _byte_changed,
    _byte_put_in,
    _cut,
    _ended_early,
    _repeated,
    _lines(_lines_swapped),
    _lines(_line_doubled),
    _lines(_line_lost),
    *(_lines(_line_reworded) for _ in range(6)),
    _guarded(_row_told_again),
    _guarded(_printed_otherwise),
    _renamed,
    _wrapped,
)
