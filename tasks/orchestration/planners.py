"""Makes the plan of a flow: the requests of its datasets, in order, cut to the budget."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from tasks.datasets import Dataset
from tasks.orchestration.resume import RunScope, StoredAnswers
from tasks.planning.bar_requests import open_gaps
from tasks.planning.budget import resets_at
from tasks.planning.capabilities import was_allowed
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest, fit_to_budget
from tasks.records import Call, Plan
from tasks.sessions import NEWER_CALENDARS, SessionClock, known_until
from tasks.wording import counted

FindStored = Callable[[Sequence[Call], RunScope], StoredAnswers]


@dataclass(frozen=True)
class PlanResult:
    """The plan of a run, and how it came about.

    Attributes:
        plan: the calls, and what was skipped.
        clock: the moment of the run, and the exchange of every symbol.
        symbol_count: how many symbols it was made for.
        may_fall_back: whether a call for the whole history may become one for the latest 100 sessions where the key's plan lacks it;
            not where a person requested the whole history explicitly.
        notes: what a person should know about the plan, a sentence each.
        probes: functions that are requested although the key was never seen to be allowed them; a refusal of them is no news.
        scope: the symbols and functions of the run.
        stored: answers of earlier runs that wait to be loaded; their calls are in the plan and cost nothing.
    """

    plan: Plan
    clock: SessionClock
    symbol_count: int
    may_fall_back: bool = True
    notes: tuple[str, ...] = ()
    probes: frozenset[str] = field(default_factory=frozenset)
    scope: RunScope = field(default_factory=RunScope)
    stored: StoredAnswers = field(default_factory=StoredAnswers)


def make_plan(
    inputs: PlanningInputs,
    datasets: Sequence[Dataset],
    optional: Collection[Dataset] = (),
    find_stored: FindStored = lambda _calls, _scope: StoredAnswers(),
) -> PlanResult:
    """Plans the calls of a run.

    Args:
        inputs: what the plan follows from.
        datasets: what the run loads.
        optional: those of them that the run does without; of these, only what is urgent is requested.
        find_stored: gives the answers of earlier runs that wait to be loaded, for the calls that are due and the scope of the run.

    Returns:
        The plan. A symbol counts as held where none of the other datasets has a request for it.
    """
    available = [dataset for dataset in datasets if dataset.is_available(inputs)]
    requests = list(_in_turn(_requests(dataset, inputs, only_urgent=dataset in optional) for dataset in available))
    functions = frozenset(function for dataset in datasets for function in dataset.functions)
    scope = RunScope(frozenset(inputs.symbols), functions, dict(inputs.due), inputs.as_of.date(), is_whole=inputs.is_whole)
    stored = find_stored([request.call for request in requests], scope)
    calls, skipped = fit_to_budget(requests, inputs.calls_left, resets_at(inputs.now), stored.instead)
    own = {function for dataset in datasets if dataset not in optional for function in dataset.functions}
    requested = {request.call.symbol for request in requests if request.call.function in own}
    is_of_bars = any(dataset.finality for dataset in available)
    plan = Plan(
        calls=calls,
        held=tuple(symbol for symbol in inputs.symbols if symbol not in requested),
        skipped=skipped,
        due_session=dict(inputs.due) if is_of_bars else {},
        budget_left=inputs.calls_left,
        gaps=_gaps(inputs, available, {call.symbol for call in calls if call.options.get("outputsize") == "full"}),
    )
    called = {call.function for call in calls}
    probed = {request.call.function for request in requests if request.is_probe} & called
    return PlanResult(
        plan,
        inputs.clock,
        len(inputs.symbols),
        may_fall_back=inputs.output_size is None,
        notes=(
            *(calendar_notes(inputs) if is_of_bars else ()),
            *chain.from_iterable(dataset.notes(inputs, called) for dataset in datasets),
        ),
        probes=frozenset(function for function in probed if not was_allowed(inputs.capabilities, function)),
        scope=scope,
        stored=stored,
    )


def calendar_notes(inputs: PlanningInputs) -> Iterator[str]:
    """Which symbols have no due session any more, because the calendar of their exchange has ended."""
    for exchange, symbols in inputs.clock.ended_calendars(inputs.symbols).items():
        whose = symbols[0] if len(symbols) == 1 else counted(len(symbols), "symbol")
        yield f"The calendar of {exchange} ends on {known_until(exchange)}; later sessions of {whose} are not requested. {NEWER_CALENDARS}"


def _requests(dataset: Dataset, inputs: PlanningInputs, *, only_urgent: bool) -> Iterator[CallRequest]:
    return (request for request in dataset.requests(inputs) if request.is_urgent or not only_urgent)


def _in_turn(requests: Iterator[Iterator[CallRequest]]) -> Iterator[CallRequest]:
    """The first request of every dataset, then the second: where the day ends early, no dataset waits for all of another."""
    placed = [(place, request) for each in requests for place, request in enumerate(each)]
    return (request for _, request in sorted(placed, key=lambda pair: pair[0]))


def _gaps(inputs: PlanningInputs, datasets: Sequence[Dataset], filled: Collection[str]) -> dict[str, tuple[date, date]]:
    primary = next((dataset for dataset in datasets if dataset.is_primary), None)
    if primary is None:
        return {}
    gaps = open_gaps(inputs, primary.function, primary.name)
    return {symbol: gap for symbol, gap in gaps.items() if symbol not in filled}
