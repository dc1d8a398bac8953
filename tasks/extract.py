"""Step 2: the calls of the plan, each ending as a capture and an observation, or as a refusal. The door to ``tasks/alpha_vantage``."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from prefect import State
from prefect.runtime import task_run

from tasks.alpha_vantage.client import AlphaVantageClient, Waits
from tasks.alpha_vantage.pacing import Pace
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.refusals import NotEntitled, Refusal
from tasks.alpha_vantage.scrub import guard_logs, key_fingerprint
from tasks.aws import open_lake, read_api_key
from tasks.errors import TickerhouseError
from tasks.key_slot import hold_key
from tasks.lake.capabilities import read_capabilities, write_capabilities
from tasks.lake.captures import store_capture
from tasks.lake.conditions import are_honoured
from tasks.lake.coverage import read_coverage
from tasks.lake.ledger import change_ledger
from tasks.lake.observations import write_observations
from tasks.lake.rejected import store_rejected
from tasks.lake.store import LakeStore
from tasks.plan import Planned
from tasks.planning import budget, capabilities
from tasks.planning.errors import BudgetSpent
from tasks.planning.reservations import Reservations
from tasks.planning.shares import SHARES
from tasks.progress import ExtractionProgress
from tasks.records import Call, Extraction, NotAsked, Observation, RefusedCall, Scope
from tasks.run import Run, utc_now
from tasks.schema import DAILY_PRICES
from tasks.settings import Settings
from tasks.step import step, step_logger
from tasks.unfinished import answered_before

logger = step_logger("extract")

# At 1,200 calls a minute and 150 ms an answer three are in flight; the others store meanwhile.
_THREADS = 8
_CONNECT_SECONDS = 10.0
_PROGRESS_SECONDS = 2.0
_PASSING = frozenset({Scope.SECOND, Scope.MINUTE, Scope.TRANSPORT})


class BatchUnfinished(TickerhouseError):
    """Calls of a batch were refused for reasons that pass; the others have settled and are not asked again."""


class AskingStopped(Exception):
    """A call's turn came after a refusal had stopped the asking; it is not sent."""


@dataclass(frozen=True)
class Asked:
    """What one call came to; neither is set where the asking had stopped before it was sent."""

    observation: Observation | None = None
    refused: RefusedCall | None = None


@dataclass(frozen=True)
class Asking:
    """What all batches of a run share.

    Attributes:
        client: so that one pace and one budget hold for all.
        known: recent captures by symbol, from coverage.
        may_fall_back: whether a refused whole history may become the latest 100 sessions.
        seen: what the key was seen to be allowed or refused, by capability.
        stop: set when a refusal stops the asking.
        without_full: set when the key was refused whole histories, so that it is not asked for them again and again.
        settled: by batch and place in it, what earlier attempts of the batch have settled.
    """

    client: AlphaVantageClient
    known: Mapping[str, Mapping[str, str]]
    may_fall_back: bool
    seen: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    without_full: threading.Event = field(default_factory=threading.Event)
    settled: dict[int, dict[int, Asked]] = field(default_factory=dict)


def extract(run: Run, planned: Planned) -> Extraction:
    """Sends the calls of a plan, batch by batch, until they are answered or a refusal stops the asking.

    What an interrupted run was answered already is not asked for again. Nobody else asks with the key meanwhile.

    Args:
        run: the run.
        planned: what to ask, in order.

    Raises:
        KeyMissing: there is no API key.
        KeyHeld: another run asks with the same key, and does not end.
        LakeError: the lake cannot be written.
    """
    settings = run.settings
    key = read_api_key(settings)
    guard_logs(key)
    lake, fingerprint = open_lake(settings, settings.ingest_role), key_fingerprint(key)
    with hold_key(run.run_id, lake, fingerprint), _http(settings) as http:
        answered = answered_before(lake, run.run_id, run.started_at, planned.plan.calls, planned.plan.due_session)
        if answered:
            logger.info("%s calls were answered in a run that was interrupted", len(answered))
        calls = [call for call in planned.plan.calls if call.symbol not in answered]
        reservations = _reservations(run, lake, fingerprint, len(calls))
        stop = threading.Event()

        def reserve(_: Call) -> None:
            # Calls wait for their turns side by side: one of them may be refused for all while the others wait.
            if stop.is_set():
                raise AskingStopped
            reservations.take()

        client = AlphaVantageClient(
            http,
            api_url=settings.api_url,
            api_key=key,
            pace=Pace(PLANS[settings.plan]),
            waits=Waits(settings.retry_wait, settings.retry_wait_limit, settings.retry_total, settings.minute_wait),
            now=run.now,
            reserve=reserve,
        )
        known = {symbol: held.captures for symbol, held in read_coverage(lake, DAILY_PRICES.name).items()}
        asking = Asking(client, known, planned.may_fall_back, stop=stop)
        total = Extraction(observations=tuple(answered.values()))
        try:
            total = _ask_in_batches(run, calls, asking, total)
        finally:
            reservations.close(is_spent_up=any(_is_refused_day(refusal) for refusal in total.refused))
        _learn(lake, fingerprint, asking.seen)
    return replace(total, sent=reservations.used)


def _ask_in_batches(run: Run, calls: Sequence[Call], asking: Asking, total: Extraction) -> Extraction:
    size = run.settings.batch_size
    batches = [calls[start : start + size] for start in range(0, len(calls), size)]
    progress = ExtractionProgress(len(calls))
    for number, batch in enumerate(batches):
        stopped_by = next((refusal for refusal in total.refused if refusal.scope.stops_asking), None)
        if stopped_by is not None:
            rest = tuple(_left_over(call, stopped_by) for unsent in batches[number:] for call in unsent)
            return replace(total, not_asked=total.not_asked + rest)
        total = _add(total, _with_retries(run.settings)(run, number, batch, asking))
        progress.reached(number * size + len(batch))
    return total


def _with_retries(settings: Settings) -> Callable[[Run, int, Sequence[Call], Asking], Extraction]:
    batch: Any = extract_batch
    again: Callable[[Run, int, Sequence[Call], Asking], Extraction] = batch.with_options(
        retries=settings.batch_retries,
        retry_delay_seconds=settings.batch_retry_wait,
        retry_condition_fn=_can_get_better,
    )
    return again


def _can_get_better(_task: object, _run: object, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), BatchUnfinished)


def _batch_name() -> str:
    parameters = task_run.parameters
    return f"extract batch {parameters['number']}: {len(parameters['calls'])} symbols"


@step("extract", task_run_name=_batch_name)
def extract_batch(
    run: Run,
    number: int,
    calls: Sequence[Call],
    asking: Asking,
) -> Extraction:
    """Sends the calls of one batch and stores what comes, fetching and storing side by side.

    Observations are written every few seconds, so that a run that is killed leaves them behind.

    Args:
        run: the run.
        number: the batch's number, from 0.
        calls: what to ask.
        asking: what all batches share.

    Raises:
        BatchUnfinished: calls were refused for reasons that pass, and Prefect takes the batch again for those alone.
    """
    lake = open_lake(run.settings, run.settings.ingest_role)
    settled = asking.settled.setdefault(number, {})
    if task_run.run_count > 1:
        # The waits between the attempts of a batch are long; within them each call is sent once, so that no level multiplies another.
        asking = replace(asking, client=_once(asking.client))

    def keep(asked: Sequence[Asked]) -> None:
        observations = [one.observation for one in (*settled.values(), *asked) if one.observation]
        if observations:
            write_observations(lake, run.run_id, number, observations)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="extract") as threads:
        open_calls = [place for place in range(len(calls)) if place not in settled]
        # Each thread in a copy of this one's context, by which Prefect knows whose log a line belongs to.
        futures = [threads.submit(copy_context().run, _ask, run, lake, asking, calls[place]) for place in open_calls]
        try:
            _watch(futures, keep)
        except BaseException:
            asking.stop.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    answers = settled | {place: future.result() for place, future in zip(open_calls, futures, strict=True)}
    passing = {place for place, one in answers.items() if one.refused and one.refused.scope in _PASSING}
    if passing and not asking.stop.is_set() and 0 < task_run.run_count <= run.settings.batch_retries:
        settled.update((place, one) for place, one in answers.items() if place not in passing)
        raise BatchUnfinished(
            f"{len(passing)} of {len(calls)} calls were refused for reasons that pass.",
            f"They are asked again in {run.settings.batch_retry_wait:g} s.",
        )
    asked = [answers[place] for place in range(len(calls))]
    refused = tuple(one.refused for one in asked if one.refused)
    stopped_by = next((refusal for refusal in refused if refusal.scope.stops_asking), None)
    unsent = [call for call, one in zip(calls, asked, strict=True) if not (one.refused or one.observation)]
    return Extraction(
        observations=tuple(one.observation for one in asked if one.observation),
        refused=refused,
        not_asked=tuple(_left_over(call, stopped_by) for call in unsent if stopped_by),
    )


def _ask(run: Run, lake: LakeStore, asking: Asking, call: Call) -> Asked:
    if asking.stop.is_set():
        return Asked()
    if asking.without_full.is_set() and asking.may_fall_back and call.options.get("outputsize") == "full":
        call = replace(call, options={**call.options, "outputsize": "compact"})
    name = capabilities.capability_name(call.function, call.options.get("outputsize", ""))
    try:
        answer = asking.client.fetch(call)
    except Refusal as refusal:
        if isinstance(refusal, NotEntitled):
            asking.seen[name] = type(refusal).__name__
        if refusal.fallback and asking.may_fall_back and call.options.get("outputsize") != refusal.fallback:
            asking.without_full.set()
            return _ask(run, lake, asking, replace(call, options={**call.options, "outputsize": refusal.fallback}))
        if refusal.scope.stops_asking:
            asking.stop.set()
        rejected = store_rejected(lake, call, refusal.body, run.now(), run.run_id) if refusal.body else ""
        logger.warning("%s", refusal)
        return Asked(refused=refusal.as_record(rejected))
    except AskingStopped:
        return Asked()
    except BudgetSpent as spent:
        asking.stop.set()
        return Asked(refused=RefusedCall(call, type(spent).__name__, Scope.DAY, spent.fact, spent.way_out, attempts=0))
    asking.seen[name] = "data"
    observation = Observation(
        call=answer.call,
        capture=store_capture(lake, answer, asking.known.get(call.symbol, {})),
        observed_at=answer.observed_at,
        http_status=answer.http_status,
        content_type=answer.content_type,
        attempts=answer.attempts,
        run_id=run.run_id,
    )
    return Asked(observation)


def _watch(futures: Sequence[Future[Asked]], keep: Callable[[Sequence[Asked]], None]) -> None:
    said, total = time.monotonic(), len(futures)
    asked: list[Asked] = []
    for future in as_completed(futures):
        asked.append(future.result())
        if len(asked) == total or time.monotonic() - said > _PROGRESS_SECONDS:
            said = time.monotonic()
            keep(asked)
            logger.info("%s of %s calls answered", len(asked), total)


def _left_over(call: Call, stopped_by: RefusedCall) -> NotAsked:
    return NotAsked(call.symbol, f"{stopped_by.name} stopped the asking", stopped_by.way_out)


def _add(total: Extraction, more: Extraction) -> Extraction:
    return Extraction(
        observations=total.observations + more.observations,
        refused=total.refused + more.refused,
        not_asked=total.not_asked + more.not_asked,
    )


def _http(settings: Settings) -> httpx.Client:
    return httpx.Client(timeout=httpx.Timeout(settings.request_timeout, connect=_CONNECT_SECONDS))


def _reservations(run: Run, lake: LakeStore, fingerprint: str, expected: int) -> Reservations:
    is_guarded = are_honoured(lake, fingerprint)

    def change(make: Callable[[budget.Ledger], budget.Ledger]) -> None:
        def changed(stored: Mapping[str, Any]) -> Mapping[str, Any]:
            return budget.to_json(make(budget.from_json(stored)))

        change_ledger(lake, fingerprint, changed, is_guarded=is_guarded)

    # The budget is of the real day, also where recorded answers of another one are replayed.
    share = run.flow if run.flow in SHARES else budget.DAILY
    return Reservations(PLANS[run.settings.plan], change, expected, utc_now, time.monotonic, time.sleep, share)


def _is_refused_day(refusal: RefusedCall) -> bool:
    return refusal.scope is Scope.DAY and refusal.name != BudgetSpent.__name__


def _once(client: AlphaVantageClient) -> AlphaVantageClient:
    total = client.waits.retry_total
    return replace(client, waits=Waits(total, total, total, total))


def _learn(lake: LakeStore, fingerprint: str, seen: Mapping[str, str]) -> None:
    known = capabilities.from_json(read_capabilities(lake, fingerprint))
    now_known = capabilities.learn(known, seen, utc_now())
    if now_known != known:
        write_capabilities(lake, fingerprint, capabilities.to_json(now_known))
