"""Commands that run at once on one stack leave the rows that the same commands leave one after the other, and say how they ended.

Two rounds, or as many as ``AT_ONCE_ROUNDS`` says; each takes a minute, and logs what it compared
(``-o log_cli=true -o log_cli_level=INFO``).
"""

import logging
import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import duckdb
import pytest

from tests.end_to_end.conftest import PAST, Ended, Home

pytestmark = [pytest.mark.server, pytest.mark.deep]

logger = logging.getLogger(__name__)

ROUNDS: Final = int(os.environ.get("AT_ONCE_ROUNDS", "2"))
WEEK_BEFORE: Final = "2026-06-23T12:00:00Z"
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "run": ("run", "--as-of", PAST),
    "backfill": ("backfill", "--from", "2025-06-02", "--as-of", PAST),
    "rebuild": ("rebuild",),
    "release": ("quarantine", "release", "--symbol", "DMGD", "--reason", "high is below low", "--note", "confirmed", "--by", "M. Curie"),
}
ENDS: Final[Mapping[str, str]] = {
    # Where the backfill was faster, the run finds events that it asks for, or nothing.
    "run": r"^(Completed: 3 symbols, session 2026-06-29 was due|(Completed: .* loaded; |UpToDate: )all 3 symbols hold session .*)$",
    "backfill": r"^(Completed: 3 symbols|UpToDate: .*)$",
    "rebuild": r"^Done: \d loads? repeated, [\d,]+ rows.*, no call to the API\.$",
    "release": r"^Released 1 bar as \S+\.$",
}
WAITED_FOR: Final = re.compile(r"(?:; |Another )run \(?(\S+?)\)? (?:writes|asks)")
NOT_SO: Final = ("was killed", "freeing", "interrupted", "could not be", "Another run")
"""What no command of a round may say: none is killed, none takes longer than another waits."""

TABLES: Final = (
    "select symbol, session_date, open, high, low, close, volume from market.fact_daily_price order by 1, 2",
    "select symbol, session_date, adjusted_close from market.daily_price_adjusted order by 1, 2",
    "select symbol, session_date, adjusted_close, daily_return, average_close_7 from market.daily_metric order by 1, 2",
    "select symbol, week_start, session_count, open, high, low, close, volume from market.agg_weekly_price order by 1, 2",
    "select symbol, session_date, close from market.latest_price order by 1",
    "select symbol, session_date, count(*) from market.fact_daily_price_revision group by 1, 2 order by 1, 2",
    "select symbol, session_text, reasons, released_by from ops.quarantined_bar order by 1, 2",
)


@pytest.fixture(scope="module")
def watchlist(tmp_path_factory: pytest.TempPathFactory) -> str:
    listed = tmp_path_factory.mktemp("listed") / "watchlist.yaml"
    listed.write_text('exchange: XNYS\nsymbols: ["AAPL", "GOOGL", "DMGD"]\n')
    return str(listed)


@pytest.fixture(scope="module")
def alone() -> dict[tuple[str, ...], list[list[str]]]:
    """By its commands, what a round leaves whose commands come one after the other."""
    return {}


def begun(home: Home, environment: str, watchlist: str) -> dict[str, str]:
    """The settings of an environment that holds the bars of the week before."""
    settings = {"TICKERHOUSE_ENVIRONMENT": environment, "TICKERHOUSE_WATCHLIST": watchlist}
    first = home.call("run", "--as-of", WEEK_BEFORE, **settings)
    assert first.exit_status == 0, first.err
    return settings


def settled(home: Home, settings: Mapping[str, str]) -> list[list[str]]:
    """What all tables hold after one run more, which brings the events of the price jumps that the commands met."""
    last = home.call("run", "--as-of", PAST, **settings)
    assert last.exit_status == 0, last.out + last.err
    return [home.call("sql", sql, "--csv", **settings).lines[1:] for sql in TABLES]


def rows_of_the_lake(home: Home, settings: Mapping[str, str]) -> int:
    files = home.folder / "s3" / f"tickerhouse-{settings['TICKERHOUSE_ENVIRONMENT']}-synthetic" / "lake" / "daily_prices"
    with duckdb.connect() as reader:
        sql = f"select count(*), count(distinct (symbol, session_date)) from '{files}/**/*.parquet'"
        rows, distinct = reader.execute(sql).fetchall()[0]
    assert rows == distinct, "a bar stands twice in the current files"
    return int(rows)


def new_rows(ended: Ended) -> int:
    """How many rows a command says that it brought."""
    found = re.search(r"^(?:  loaded +)?([\d,]+) new", ended.out, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


def flow_runs(home: Home) -> set[str]:
    """How the ids of the latest runs end: as those of their flow runs begin."""
    latest = home.prefect("/flow_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", "limit": 20})
    return {each["id"][:8] for each in latest}


def rounds() -> Iterator[tuple[int, tuple[str, ...], tuple[float, ...]]]:
    """The number of each round, its commands, and after how many seconds each begins: at first all at once."""
    chance = random.Random(13)  # noqa: S311 - the same rounds each time
    for number in range(ROUNDS):
        names = tuple(chance.sample(list(COMMANDS), 4 if number == 0 else chance.choice((2, 3, 4))))
        names = (*names, "run") if number % 5 == 1 and len(names) < len(COMMANDS) else names
        yield number, names, tuple(round(chance.uniform(0, 15), 1) if number else 0.0 for _ in names)


@pytest.mark.parametrize(("number", "names", "waits"), [pytest.param(*each, id=f"{each[0]}_{'_'.join(each[1])}") for each in rounds()])
def test_commands_at_once_leave_what_they_leave_one_by_one(
    number: int,
    names: tuple[str, ...],
    waits: tuple[float, ...],
    shared: Home,
    watchlist: str,
    alone: dict[tuple[str, ...], list[list[str]]],
) -> None:
    kinds = tuple(name for name in COMMANDS if name in names)
    if kinds not in alone:
        settings = begun(shared, f"alone{len(alone)}", watchlist)
        ended = [shared.call(*COMMANDS[name], **settings) for name in kinds]
        assert [each.exit_status for each in ended] == [0] * len(kinds), [each.err for each in ended]
        alone[kinds] = settled(shared, settings)
    settings = begun(shared, f"round{number}", watchlist)
    before, begun_before = rows_of_the_lake(shared, settings), flow_runs(shared)

    def command(name: str, wait: float) -> Ended:
        time.sleep(wait)
        return shared.run(*COMMANDS[name], **settings)

    with ThreadPoolExecutor(len(names)) as people:
        ended = list(people.map(command, names, waits))
    begun_now = flow_runs(shared) - begun_before
    said = "\n".join(f"--- {name}, {each.exit_status}\n{each.out}{each.err}" for name, each in zip(names, ended, strict=True))
    assert [each.exit_status for each in ended] == [0] * len(names), said
    assert not [words for words in NOT_SO if words in said], said
    assert {waited_for[-8:] for waited_for in WAITED_FOR.findall(said)} <= begun_now, said
    for name, each in zip(names, ended, strict=True):
        assert any(re.match(ENDS[name], line) for line in each.lines), said
        assert not each.err, said
    held = len(shared.call("sql", TABLES[0], "--csv", **settings).lines) - 1
    assert before + sum(map(new_rows, ended)) == rows_of_the_lake(shared, settings) == held, said
    after = settled(shared, settings)
    lost = [sorted(set(left) - set(found)) for left, found in zip(alone[kinds], after, strict=True)]
    others = [sorted(set(found) - set(left)) for left, found in zip(alone[kinds], after, strict=True)]
    doubled = [len(found) - len(set(found)) for found in after]
    figures = f"rows {[*map(len, after)]}, lost {[*map(len, lost)]}, others {[*map(len, others)]}, doubled {doubled}"
    begun_after = ", ".join(f"{name} after {wait:g} s" for name, wait in zip(names, waits, strict=True))
    logger.info("round %d: %s: %s", number, begun_after, figures)
    assert (lost, others, doubled) == ([[]] * len(TABLES), [[]] * len(TABLES), [0] * len(TABLES)), figures + said
