"""Read many at once or one by one: the same rows, or the same refusal.

``MUTATED_BODIES`` says how many mutated bodies of each endpoint are compared.
"""

import os
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from tasks.alpha_vantage import daily, daily_adjusted, series_tables
from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.series import SeriesShape
from tasks.alpha_vantage.series_tables import SeriesReader, read_general, with_texts
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_ADJUSTED, PARSED_DAILY_PRICES, POSITION
from tests.benchmarks.work import make_bodies
from tests.unit.alpha_vantage.mutations import ADJUSTED, DAILY, NOON, SESSIONS, TEXTS, body, mutated, printed, row

CASES = int(os.environ.get("MUTATED_BODIES", "1500"))
AT_ONCE = 6
PRICES = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded" / "prices"
ENDPOINTS = [
    pytest.param(daily.SHAPE, PARSED_DAILY_PRICES, DAILY, id="daily"),
    pytest.param(daily_adjusted.SHAPE, PARSED_DAILY_ADJUSTED, ADJUSTED, id="daily_adjusted"),
]
every_endpoint = pytest.mark.parametrize(("shape", "schema", "names"), ENDPOINTS)


def one_by_one(bodies: Sequence[CapturedBody], shape: SeriesShape, schema: pa.Schema) -> tuple[list[pa.Table], list[tuple[str, str, str]]]:
    """The rows of each body that the general reader takes, and why it refuses the others."""
    tables, refused = [], []
    for each in bodies:
        try:
            tables.append(read_general(each, shape, schema).table)
        except UnknownShape as error:
            refused.append(told(each, error))
    return tables, refused


def told(each: CapturedBody, error: UnknownShape) -> tuple[str, str, str]:
    return each.key, type(error).__name__, str(error)


def noting(seen: list[tuple[str, str, str]]) -> Callable[[CapturedBody, UnknownShape], None]:
    return lambda each, error: seen.append(told(each, error))


@pytest.fixture
def never_general(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(each: CapturedBody, *_: object) -> None:
        raise AssertionError(each)

    monkeypatch.setattr(series_tables, "read_general", stop)


@every_endpoint
def test_a_mutated_body_gives_the_same_rows_or_the_same_refusal(shape: SeriesShape, schema: pa.Schema, names: Sequence[str]) -> None:
    random = Random(15)  # noqa: S311 - no secret is made
    rows = refusals = 0
    for _ in range(CASES // AT_ONCE):
        bodies = [mutated(random, names, f"raw/{number}") for number in range(AT_ONCE)]
        bodies.append(body(random, names, key="raw/whole"))
        random.shuffle(bodies)
        tables, refused = one_by_one(bodies, shape, schema)
        seen: list[tuple[str, str, str]] = []
        reader = SeriesReader(shape, schema, set_aside=noting(seen))
        table = reader.table(bodies).table
        assert seen == refused
        assert table.equals(pa.concat_tables(tables)), bodies
        table.validate(full=True)
        rows, refusals = rows + table.num_rows, refusals + len(refused)
    assert rows > CASES
    assert refusals > CASES / 10


@every_endpoint
@pytest.mark.usefixtures("never_general")
def test_bodies_as_the_api_prints_them_are_read_at_once(shape: SeriesShape, schema: pa.Schema, names: Sequence[str]) -> None:
    random = Random(16)  # noqa: S311 - as above
    bodies = [body(random, names, f"S{number}", f"raw/{number}") for number in range(300)]
    table = SeriesReader(shape, schema).table(bodies).table
    assert table.num_rows > 300


@every_endpoint
def test_every_value_is_that_of_the_general_reader(shape: SeriesShape, schema: pa.Schema, names: Sequence[str]) -> None:
    random = Random(17)  # noqa: S311 - as above
    bodies = [body(random, names, f"S{number}", f"raw/{number}") for number in range(700)]
    tables, _ = one_by_one(bodies, shape, schema)
    assert SeriesReader(shape, schema).table(bodies).table.equals(pa.concat_tables(tables))


@every_endpoint
@pytest.mark.parametrize("text", TEXTS)
def test_an_odd_text_in_any_column_is_read_alike(shape: SeriesShape, schema: pa.Schema, names: Sequence[str], text: str) -> None:
    random = Random(18)  # noqa: S311 - as above
    for at in range(len(names)):
        values = row(random, names)
        values[at] = text
        bodies = [body(random, names), CapturedBody("IBM", "raw/odd", NOON, printed([("2024-01-02", values)], names))]
        tables, refused = one_by_one(bodies, shape, schema)
        seen: list[tuple[str, str, str]] = []
        reader = SeriesReader(shape, schema, set_aside=noting(seen))
        assert reader.table(bodies).table.equals(pa.concat_tables(tables))
        assert seen == refused


@pytest.mark.parametrize("session", SESSIONS)
def test_an_odd_session_is_read_alike(session: str) -> None:
    odd = CapturedBody("IBM", "raw/a", NOON, printed([(session, ["1.0000"] * 4 + ["1"])], DAILY))
    table = SeriesReader(daily.SHAPE, PARSED_DAILY_PRICES).table([odd]).table
    assert table.equals(read_general(odd, daily.SHAPE, PARSED_DAILY_PRICES).table)


@pytest.mark.usefixtures("never_general")
def test_every_day_of_the_calendar_is_that_day() -> None:
    days = [date(1, 1, 1) + timedelta(days=day) for day in (*range(1_200), *range(692_000, 752_000), *range(3_651_000, 3_652_059))]
    whole = printed([(day.isoformat(), ["1.0000"] * 4 + ["1"]) for day in days], DAILY)
    table = daily.read_daily([CapturedBody("IBM", "raw/a", NOON, whole)]).table
    assert table["session_date"].to_pylist() == days


@pytest.mark.usefixtures("never_general")
def test_prices_and_volumes_of_every_length_are_exact() -> None:
    texts = [f"{'9' * whole}.{'1234'}" for whole in range(1, 8)]
    volumes = ["1234567890123456789"[:digits] for digits in range(1, 16)]
    rows = [("2024-01-02", [texts[number % 7], texts[0], texts[6], "0.0001", volumes[number]]) for number in range(15)]
    table = daily.read_daily([CapturedBody("IBM", "raw/a", NOON, printed(rows, DAILY))]).table
    assert table["open"].to_pylist() == [Decimal(texts[number % 7]) for number in range(15)]
    assert table["volume"].to_pylist() == [int(volume) for volume in volumes]
    assert set(table["close"].to_pylist()) == {Decimal("0.0001")}


def test_one_strange_body_among_many_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    random, alone = Random(19), []  # noqa: S311 - as above
    general = series_tables.read_general

    def noted(each: CapturedBody, *others: Any) -> Any:
        alone.append(each.key)
        return general(each, *others)

    monkeypatch.setattr(series_tables, "read_general", noted)
    bodies = [body(random, DAILY, key=f"raw/{number}") for number in range(50)]
    for number, old, new in (
        (7, b'"1. open": "', b'"1. open": "-'),
        (8, b"Compact", b"\\u0043ompact"),
        (30, b"\n", b"\r\n"),
        (49, b"{", b" {"),
    ):
        bodies[number] = CapturedBody("IBM", f"raw/{number}", NOON, bodies[number].body.replace(old, new, 1))
    table = daily.read_daily(bodies).table
    assert alone == ["raw/7", "raw/8", "raw/30", "raw/49"]
    assert list(dict.fromkeys(table["capture_key"].to_pylist())) == [f"raw/{number}" for number in range(50)]


def test_the_first_body_that_cannot_be_read_is_the_error() -> None:
    random = Random(20)  # noqa: S311 - as above
    bodies = [body(random, DAILY, symbol) for symbol in ("A", "B", "C", "D")]
    bodies[1], bodies[2] = (CapturedBody(each.symbol, "raw/a", NOON, each.body[:-30]) for each in bodies[1:3])
    bodies[3] = CapturedBody("E", "raw/a", NOON, bodies[3].body)
    with pytest.raises(UnknownShape, match="not JSON"):
        daily.read_daily(bodies)
    with pytest.raises(UnknownShape, match="E was requested, but the response names D"):
        daily.read_daily([bodies[0], bodies[3]])


def test_bodies_are_taken_as_their_rows_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_tables, "GROUP_BYTES", 1)
    random, taken = Random(21), []  # noqa: S311 - as above

    def given() -> Any:
        for number in range(100):
            taken.append(number)
            yield body(random, DAILY)

    batches = SeriesReader(daily.SHAPE, PARSED_DAILY_PRICES).batches(given())
    for number in range(1, 50):
        next(batches)
        assert len(taken) == number
    assert sum(batch.num_rows > 0 for batch in batches) == 51


@every_endpoint
def test_without_texts_the_values_are_the_same_and_texts_come_back(shape: SeriesShape, schema: pa.Schema, names: Sequence[str]) -> None:
    random = Random(22)  # noqa: S311 - as above
    bodies = [body(random, names, key=f"raw/{number}") for number in range(40)]
    odd = [("2024-01-02", row(random, names)), ("2024-01-02 14:55:00", row(random, names)), ("x", ["N/A", *row(random, names)[1:]])]
    bodies.insert(20, CapturedBody("IBM", "raw/odd", NOON, printed(odd, names)))
    whole = SeriesReader(shape, schema).table(bodies).table
    reader = SeriesReader(shape, schema, has_texts=False)
    bare = reader.table(bodies).table
    assert bare.schema.equals(reader.batch_schema)
    bare.validate(full=True)
    for name in schema.names:
        if name.endswith("_text"):
            assert [text for text in bare[name].to_pylist() if text is not None] == [
                text for text, key in zip(whole[name].to_pylist(), whole["capture_key"].to_pylist(), strict=True) if key == "raw/odd"
            ]
        else:
            assert bare[name].to_pylist() == whole[name].to_pylist()
    chosen = pa.array(sorted(random.sample(range(bare.num_rows), 25), reverse=True))
    assert with_texts(bare.take(chosen), reversed(bodies), shape, schema).equals(whole.take(chosen))
    assert with_texts(bare.slice(0, 0), [], shape, schema).equals(schema.empty_table())
    assert POSITION not in whole.column_names


@every_endpoint
def test_no_body_gives_an_empty_table(shape: SeriesShape, schema: pa.Schema, names: Sequence[str]) -> None:
    assert SeriesReader(shape, schema).table([]).table.equals(schema.empty_table())
    bare = SeriesReader(shape, schema, has_texts=False)
    assert bare.table([]).table.equals(bare.batch_schema.empty_table())
    assert len(names) == len(shape.row_keys)


@pytest.mark.skipif(not PRICES.exists(), reason="recorded answers are not beside this checkout")
@pytest.mark.usefixtures("never_general")
@pytest.mark.parametrize(
    ("file", "shape", "schema", "rows"),
    [
        ("time_series_daily-msft-2019-11-30.json", daily.SHAPE, PARSED_DAILY_PRICES, 5034),
        ("time_series_daily-msft-compact-2019-07-12.json", daily.SHAPE, PARSED_DAILY_PRICES, 100),
        ("time_series_daily_adjusted-msft-2019-11-30.json", daily_adjusted.SHAPE, PARSED_DAILY_ADJUSTED, 5034),
    ],
)
def test_recorded_bodies_are_read_at_once_to_the_last_digit(file: str, shape: SeriesShape, schema: pa.Schema, rows: int) -> None:
    recorded = CapturedBody("MSFT", "raw/a", NOON, (PRICES / file).read_bytes())
    table = SeriesReader(shape, schema).table([recorded]).table
    assert table.num_rows == rows
    assert table.equals(read_general(recorded, shape, schema).table)


@pytest.mark.usefixtures("never_general")
def test_the_bodies_of_the_benchmark_have_the_layout_of_the_api() -> None:
    made = list(make_bodies.bodies(make_bodies.Work(symbols=3, sessions=50)))
    assert made == list(make_bodies.bodies(make_bodies.Work(symbols=3, sessions=50)))
    table = daily.read_daily([CapturedBody(symbol, f"raw/{symbol}", NOON, text) for symbol, text in made]).table
    assert (table.num_rows, table["session_date"][0].as_py()) == (150, date(2026, 11, 25))
    assert table["low"].combine_chunks().null_count == 0
