"""What is asked beside prices: for every symbol its events, once a day; the list of all symbols, once a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.aws import open_lake, read_api_key
from tasks.lake.coverage import read_coverage, write_coverage
from tasks.lake.ledger import read_ledger
from tasks.planned import Planned
from tasks.planning import budget
from tasks.planning.shares import share_left
from tasks.planning.watchlist import check_symbols
from tasks.records import Call, NotAsked, Observation, Plan, SymbolCoverage
from tasks.run import Run
from tasks.schema import DIVIDENDS, LISTINGS, SPLITS
from tasks.step import step, step_logger
from tasks.watchlist import find_watchlist

OVERVIEW: Final = "OVERVIEW"
ALL_SYMBOLS: Final = ""
"""The symbol of a call that asks for all of them at once."""

_DATASETS: Final[Mapping[str, str]] = {
    DIVIDENDS.function: DIVIDENDS.name,
    SPLITS.function: SPLITS.name,
    LISTINGS.function: LISTINGS.name,
    OVERVIEW: "overviews",
}

logger = step_logger("plan")


@step("plan")
def plan_events(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> Planned:
    """Plans the calls for dividends and splits; a symbol whose events were read on the day of ``as_of`` is held.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        LakeError: the lake cannot be read.
    """
    names = _symbols(run, symbols, watchlist)
    wanted = [Call(function, name, reason="events of the day") for name in names for function in (DIVIDENDS.function, SPLITS.function)]
    return _planned(run, wanted, len(names))


@step("plan")
def plan_listings(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> Planned:
    """Plans the calls for the list of all symbols and for the overview of those that are watched.

    Raises:
        WrongUsage: as :func:`plan_events`.
        LakeError: the lake cannot be read.
    """
    names = _symbols(run, symbols, watchlist)
    overviews = [Call(OVERVIEW, name, reason="sector and industry") for name in names]
    return _planned(run, [Call(LISTINGS.function, ALL_SYMBOLS, reason="every listed symbol"), *overviews], len(names))


def remember_asked(run: Run, observations: Sequence[Observation]) -> None:
    """Remembers what was answered and loaded, so that a second run of the day asks for nothing."""
    lake = open_lake(run.settings, run.settings.load_role)
    for function, dataset in _DATASETS.items():
        own = [observation for observation in observations if observation.call.function == function]
        if own:
            held = read_coverage(lake, dataset)
            for observation in own:
                day = observation.observed_at.date()
                held[observation.call.symbol] = SymbolCoverage(day, day, observation.observed_at)
            write_coverage(lake, dataset, held)


def _symbols(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> list[str]:
    if symbols:
        return list(check_symbols(symbols))
    return [entry.symbol for entry in find_watchlist(run.settings, watchlist or "").entries]


def _planned(run: Run, wanted: Sequence[Call], symbol_count: int) -> Planned:
    lake = open_lake(run.settings, run.settings.ingest_role)
    lake.check()
    known = {function: read_coverage(lake, dataset) for function, dataset in _DATASETS.items()}
    due = [call for call in wanted if not _is_held(known[call.function].get(call.symbol), run.as_of)]
    left = _left(run)
    asked = due if left is None else due[:left]
    unaffordable = dict.fromkeys(call.symbol for call in due[len(asked) :])
    held = {call.symbol for call in wanted} - {call.symbol for call in due}
    plan = Plan(
        calls=tuple(asked),
        held=tuple(sorted(held)),
        left_out=tuple(NotAsked(symbol, "the day's calls do not reach", "Run again after the day's reset.") for symbol in unaffordable),
        due_session={},
        budget_left=left,
    )
    logger.info("calls %s · held already %s · left out %s", len(plan.calls), len(plan.held), len(plan.left_out))
    return Planned(plan, symbol_count, may_fall_back=False)


def _is_held(coverage: SymbolCoverage | None, as_of: datetime) -> bool:
    return coverage is not None and coverage.observed_at.date() >= as_of.date()


def _left(run: Run) -> int | None:
    ledger = budget.from_json(read_ledger(open_lake(run.settings, run.settings.ingest_role), key_fingerprint(read_api_key(run.settings))))
    return share_left(PLANS[run.settings.plan], ledger, run.started_at)
