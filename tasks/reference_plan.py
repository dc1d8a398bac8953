"""What is asked beside daily prices: events and the adjusted series, the list of all symbols, quotes. The door to ``tasks/planning``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tasks.orchestration import state
from tasks.orchestration.planning_inputs import PlanningInputs, PlanResult, survey
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.orchestration.step import step, step_logger
from tasks.planning import budget, capabilities
from tasks.planning.capabilities import capability_name, is_known_allowed
from tasks.planning.dataset_requests import (
    COVERED_AS,
    OVERVIEW,
    AdjustedRights,
    want_adjusted_prices,
    want_events,
    want_listings,
    want_quotes,
)
from tasks.planning.requests import CallRequest, fit
from tasks.records import SymbolCoverage
from tasks.results.price_jumps import open_moves
from tasks.schema import ADJUSTED_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS

QUOTES_SHARE: Final = "quotes"

_ADJUSTED: Final = ADJUSTED_PRICES.function
_SIZE_REFUSED: Final = "PremiumOutputSize"

logger = step_logger("plan")


@step("plan")
def plan_events(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> PlanResult:
    """Plans the calls of ``corporate_actions``; see :func:`draw_events`."""
    return _told(draw_events(run.settings, run.as_of, run.started_at, symbols, watchlist))


@step("plan")
def plan_listings(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> PlanResult:
    """Plans the calls of ``listings``; see :func:`draw_listings`."""
    return _told(draw_listings(run.settings, run.as_of, run.started_at, symbols, watchlist))


@step("plan")
def plan_quotes(run: Run, symbols: Sequence[str] | None, watchlist: str | None) -> PlanResult:
    """Plans the calls of ``quotes``; see :func:`draw_quotes`."""
    return _told(draw_quotes(run.settings, run.as_of, run.started_at, symbols, watchlist))


def draw_events(
    settings: Settings, as_of: datetime, now: datetime, symbols: Sequence[str] | None = None, watchlist: str | None = None
) -> PlanResult:
    """The splits and dividends of every symbol, and the source's adjusted series where the key is not known to be refused it.

    Args:
        settings: the place of the run.
        as_of: the moment it speaks for, UTC.
        now: the present instant, UTC.
        symbols: asked for in place of the watchlist.
        watchlist: a file or ``s3://`` address in place of the one settings name.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    ground = survey(settings, as_of, now, symbols, watchlist)
    held = _held(ground, SPLITS.function, DIVIDENDS.function, _ADJUSTED)
    wants = list(want_events(ground.exchanges, held, as_of, open_moves(ground.lake)))
    rights = _adjusted_rights(ground)
    is_wanted = settings.adjusted_prices == "where_allowed"
    if is_wanted:
        wants += want_adjusted_prices(ground.exchanges, held[_ADJUSTED], ground.due, ground.exchanges, rights)
    planned = _fitted(ground, wants, is_of_bars=is_wanted and rights.may_ask is not False)
    notes = _adjusted_notes(ground, planned, rights) if is_wanted else ()
    is_asked = any(call.function == _ADJUSTED for call in planned.plan.calls)
    probes = {_ADJUSTED} if is_asked and not capabilities.had(ground.known, _ADJUSTED) else set()
    return replace(planned, may_fall_back=True, notes=notes, probes=frozenset(probes))


def draw_listings(
    settings: Settings, as_of: datetime, now: datetime, symbols: Sequence[str] | None = None, watchlist: str | None = None
) -> PlanResult:
    """The list of all symbols, and the overview of those that are watched. Takes and raises what :func:`draw_events` does."""
    ground = survey(settings, as_of, now, symbols, watchlist)
    return _fitted(ground, list(want_listings(ground.exchanges, _held(ground, LISTINGS.function, OVERVIEW), as_of)))


def draw_quotes(
    settings: Settings, as_of: datetime, now: datetime, symbols: Sequence[str] | None = None, watchlist: str | None = None
) -> PlanResult:
    """The quote of every symbol, out of the quotes' own share of the day. Takes and raises what :func:`draw_events` does."""
    ground = survey(settings, as_of, now, symbols, watchlist, QUOTES_SHARE)
    return _fitted(ground, list(want_quotes(ground.exchanges, state.coverage(QUOTES.name).read(ground.lake))))


def _held(ground: PlanningInputs, *functions: str) -> dict[str, Mapping[str, SymbolCoverage]]:
    return {function: state.coverage(COVERED_AS[function]).read(ground.lake) for function in functions}


def _fitted(ground: PlanningInputs, wants: Iterable[CallRequest], *, is_of_bars: bool = False) -> PlanResult:
    plan = fit(list(wants), ground.exchanges, ground.calls_left, budget.resets_at(ground.now), ground.due if is_of_bars else None)
    return PlanResult(plan, len(ground.exchanges), may_fall_back=False, exchanges=ground.exchanges)


def _adjusted_rights(ground: PlanningInputs) -> AdjustedRights:
    full = capability_name(_ADJUSTED, "full")
    may_ask, may_ask_full = (is_known_allowed(ground.known, name, ground.now) for name in (_ADJUSTED, full))
    if may_ask is None and may_ask_full is True:
        may_ask = True
    elif may_ask is None and may_ask_full is False and ground.known[full].learnt_from != _SIZE_REFUSED:
        # It was the function that was refused; only its whole series had been asked for.
        may_ask = False
    return AdjustedRights(may_ask, may_ask_full)


def _adjusted_notes(ground: PlanningInputs, planned: PlanResult, rights: AdjustedRights) -> tuple[str, ...]:
    if rights.may_ask is False:
        refused = max(
            (one for name, one in ground.known.items() if name.partition(" ")[0] == _ADJUSTED and not one.may),
            key=lambda one: one.learnt_at,
        )
        again = refused.learnt_at + capabilities.PROBED_EVERY
        words = f"{_ADJUSTED} is not asked for: the key was refused it on {refused.learnt_at:%Y-%m-%d} ({refused.learnt_from})."
        return (f"{words} It is asked again after {again:%Y-%m-%d}, or after `tickerhouse plan --probe`.",)
    if rights.may_ask is None and any(call.function == _ADJUSTED for call in planned.plan.calls):
        return (f"Whether the key may ask {_ADJUSTED} is not known: it comes last, and its first refusal ends its calls alone.",)
    return ()


def _told(planned: PlanResult) -> PlanResult:
    plan = planned.plan
    logger.info("calls %s · symbols held already %s · left out %s", len(plan.calls), len(plan.held), len(plan.left_out))
    for note in planned.notes:
        logger.info("%s", note)
    return planned
