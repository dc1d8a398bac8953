"""Step 2, extract: sends the calls of the plan; each ends as a capture and an observation, or as a refusal."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import replace
from typing import Any

import httpx
from prefect import State
from prefect.futures import PrefectFuture
from prefect.runtime import task_run

from tasks.alpha_vantage.api_plans import PLANS, ApiPlan
from tasks.alpha_vantage.client import AlphaVantageClient, RetryPolicy
from tasks.alpha_vantage.fair_lock import FairLock
from tasks.alpha_vantage.rate_limiter import RateLimiter
from tasks.alpha_vantage.scrub import key_fingerprint, redact_key_in_logs
from tasks.datasets import COVERAGE_OF
from tasks.errors import TickerhouseError
from tasks.lake.observations import write_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.artifacts import artifact_key
from tasks.orchestration.call_runner import CallContext, CallResult, CallsStopped, StopSignals, send_call
from tasks.orchestration.key_lock import hold_key
from tasks.orchestration.planners import PlanResult
from tasks.orchestration.progress import ExtractionProgress
from tasks.orchestration.resume import find_stored_answers
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.settings import Settings
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.planning import budget, capabilities
from tasks.planning.budget_shares import SHARES
from tasks.planning.errors import BudgetSpent
from tasks.planning.reservations import Reservations
from tasks.records import Call, Extraction, RefusedCall, Scope, SkippedCall
from tasks.wording import agreeing, counted

logger = step_logger("extract")

# An answer takes half a second or so, storing it less: with this many seconds of the pace in flight, waiting is for the pace alone.
_SECONDS_IN_FLIGHT = 1.0
_FEWEST_THREADS = 4
# While the last calls of a batch are answered, those of the next are sent.
_BATCHES_AT_ONCE = 2
_CONNECT_SECONDS = 10.0
_PROGRESS_SECONDS = 2.0
_PASSING = frozenset({Scope.SECOND, Scope.MINUTE, Scope.TRANSPORT})


class BatchUnfinished(TickerhouseError):
    """Calls of a batch were refused for reasons that pass; the others have settled and are not sent again."""


def extract(run: Run, planned: PlanResult) -> Extraction:
    """Sends the calls of a plan, in its order, until they are answered or a refusal stops them.

    What an earlier run was answered and did not load is not requested again. No other run uses the key meanwhile.

    Args:
        run: the run.
        planned: the calls, in order.

    Raises:
        KeyMissing: there is no API key.
        KeyInUse, KeyOfAnotherEnvironment: as :func:`tasks.orchestration.key_lock.hold_key`.
        LakeError: the lake cannot be written.
    """
    settings, key = run.settings, run.clients.api_key
    redact_key_in_logs(key)
    lake, fingerprint = run.raw, key_fingerprint(key)
    profile = PLANS[settings.plan]
    with hold_key(run.run_id, fingerprint, _ledger_bucket(run)), _http(settings) as http, _threads(profile) as threads:
        stored = find_stored_answers(lake, run.run_id, run.started_at, planned.plan.calls, planned.scope)
        if stored.observations:
            logger.info("%s", stored.sentence)
        calls = [call for call in planned.plan.calls if (call.function, call.symbol) not in stored.instead]
        reservations, stops, turn = _reservations(run, lake, fingerprint, len(calls)), StopSignals(), FairLock()

        def reserve(call: Call) -> None:
            with turn:
                stops.check(call)
                reservations.take()

        def release(call: Call) -> None:
            try:
                stops.check(call, is_reserved=True)
            except CallsStopped:
                reservations.put_back()
                raise

        client = AlphaVantageClient(
            http,
            body_limit=settings.body_limit,
            api_url=settings.api_url,
            api_key=key,
            pace=RateLimiter(profile, sleep=stops.sleep),
            waits=RetryPolicy(settings.retry_wait, settings.retry_wait_limit, settings.retry_total, settings.minute_wait),
            now=run.now,
            sleep=stops.sleep,
            reserve=reserve,
            release=release,
        )
        context = CallContext(client, _known(lake, calls), threads, stops, may_fall_back=planned.may_fall_back)
        total = Extraction(observations=stored.observations, warnings=stored.warnings)
        try:
            total = _add(total, _send_in_batches(run, calls, context))
        finally:
            context.shown.show_totals()
            reservations.close(is_spent_up=any(_is_refused_day(refusal) for refusal in total.refused))
        known = state.capabilities(fingerprint).read(lake)
        total = _with_shortened(total, context, known)
        _learn(lake, fingerprint, known, context.seen)
    return replace(total, sent=reservations.used)


def _ledger_bucket(run: Run) -> str:
    # Made-up prices and recorded answers have no key to share.
    return run.raw.bucket if run.settings.source == "alpha_vantage" else ""


def _send_in_batches(run: Run, calls: Sequence[Call], context: CallContext) -> Extraction:
    size = run.settings.batch_size
    batches = deque(enumerate(calls[start : start + size] for start in range(0, len(calls), size)))
    progress = ExtractionProgress(len(calls), artifact_key(run, "extraction"))
    total, under_way = Extraction(), deque[PrefectFuture[Extraction]]()
    submit = _submission(run.settings)
    try:
        while batches or under_way:
            while batches and len(under_way) < _BATCHES_AT_ONCE:
                number, batch = batches.popleft()
                if all(context.stops.of(call) for call in batch):
                    total = _add(total, _skipped(batch, context.stops))
                else:
                    under_way.append(submit(run, number, batch, context))
            if under_way:
                total = _add(total, under_way.popleft().result())
                progress.reached(len(total.observations) + len(total.refused) + len(total.skipped))
    except BaseException:
        context.stops.break_off()
        context.threads.shutdown(wait=False, cancel_futures=True)
        raise
    return total


def _submission(settings: Settings) -> Callable[[Run, int, Sequence[Call], CallContext], PrefectFuture[Extraction]]:
    batch: Any = extract_batch
    patient = batch.with_options(
        retries=settings.batch_retries,
        retry_delay_seconds=settings.batch_retry_wait,
        retry_condition_fn=_can_get_better,
    )
    submit: Callable[[Run, int, Sequence[Call], CallContext], PrefectFuture[Extraction]] = patient.submit
    return submit


def _can_get_better(_task: object, _run: object, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), BatchUnfinished)


def _batch_name() -> str:
    parameters = task_run.parameters
    return f"extract batch {parameters['number']}: {counted(len(parameters['calls']), 'symbol')}"


@step("extract", task_run_name=_batch_name)
def extract_batch(
    run: Run,
    number: int,
    calls: Sequence[Call],
    context: CallContext,
) -> Extraction:
    """Sends the calls of one batch and stores what comes, fetching and storing side by side.

    Observations are written every few seconds, so that a run that is killed leaves them behind.

    Args:
        run: the run.
        number: the batch's number, from 0.
        calls: what to request.
        context: what all batches share.

    Raises:
        BatchUnfinished: calls were refused for reasons that pass, and Prefect takes the batch again for those alone.
    """
    lake = run.raw
    settled = context.settled.setdefault(number, {})
    # The waits between the attempts of a batch are long; within them each call is sent once, so that no level multiplies another.
    client = _once(context.client) if task_run.run_count > 1 else context.client

    def keep(results: Sequence[CallResult]) -> None:
        observations = [one.observation for one in (*settled.values(), *results) if one.observation]
        if observations:
            write_observations(lake, run.run_id, number, observations)

    open_calls = [place for place in range(len(calls)) if place not in settled]
    # Each call in a copy of this context, by which Prefect knows whose log a line belongs to.
    futures = [context.threads.submit(copy_context().run, send_call, run, lake, context, client, calls[place]) for place in open_calls]
    _watch(futures, keep)
    answers = settled | {place: future.result() for place, future in zip(open_calls, futures, strict=True)}
    passing = {place for place, one in answers.items() if one.refused and one.refused.scope in _PASSING}
    can_get_better = any(context.stops.of(calls[place]) is None for place in passing)
    if can_get_better and 0 < task_run.run_count <= run.settings.batch_retries:
        settled.update((place, one) for place, one in answers.items() if place not in passing)
        raise BatchUnfinished(
            f"{len(passing)} of {counted(len(calls), 'call')} {agreeing(len(passing), 'was', 'were')} temporarily refused.",
            f"They are retried in {run.settings.batch_retry_wait:g} s.",
        )
    results = [answers[place] for place in range(len(calls))]
    unsent = [call for call, one in zip(calls, results, strict=True) if not (one.refused or one.observation)]
    done = Extraction(
        observations=tuple(one.observation for one in results if one.observation),
        refused=tuple(one.refused for one in results if one.refused),
    )
    return _add(done, _skipped(unsent, context.stops))


def _watch(futures: Sequence[Future[CallResult]], keep: Callable[[Sequence[CallResult]], None]) -> None:
    results: list[CallResult] = []
    kept, pending, due = 0, set(futures), time.monotonic() + _PROGRESS_SECONDS
    try:
        while pending:
            done, pending = wait(pending, timeout=max(0.0, due - time.monotonic()), return_when=FIRST_COMPLETED)
            results += [future.result() for future in done]
            if time.monotonic() >= due:
                due = time.monotonic() + _PROGRESS_SECONDS
                if len(results) > kept:
                    keep(results)
                    kept = len(results)
                    logger.info("%s", _progress(results, len(futures)))
    finally:
        # Also where the run ends here: the next one then does not ask for it again.
        if len(results) > kept:
            keep(results)
            logger.info("%s", _progress(results, len(futures)))


def _progress(results: Sequence[CallResult], planned: int) -> str:
    """How the calls of a batch ended so far, in words; what was neither answered nor refused was not sent."""
    answered, refused = sum(1 for each in results if each.observation), sum(1 for each in results if each.refused)
    counts = {"refused": refused, "not sent": len(results) - answered - refused}
    return " · ".join(
        [f"{answered} of {counted(planned, 'call')} answered", *(f"{count} {word}" for word, count in counts.items() if count)]
    )


def _skipped(calls: Sequence[Call], stops: StopSignals) -> Extraction:
    stopped = [(call, refused) for call in calls if (refused := stops.of(call))]
    return Extraction(
        skipped=tuple(SkippedCall(call.symbol, f"{refused.name} stopped the calls", refused.way_out) for call, refused in stopped)
    )


def _add(total: Extraction, more: Extraction) -> Extraction:
    return replace(
        total,
        observations=total.observations + more.observations,
        refused=total.refused + more.refused,
        skipped=total.skipped + more.skipped,
    )


def _threads(profile: ApiPlan) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(_FEWEST_THREADS, math.ceil(_SECONDS_IN_FLIGHT / profile.spacing)), thread_name_prefix="extract")


def _http(settings: Settings) -> httpx.Client:
    return httpx.Client(timeout=httpx.Timeout(settings.request_timeout, connect=_CONNECT_SECONDS))


def _reservations(run: Run, lake: LakeStore, fingerprint: str, expected: int) -> Reservations:
    def change(make: Callable[[budget.Ledger], budget.Ledger]) -> budget.Ledger:
        return state.ledger(fingerprint).change(lake, make)

    # The budget is of the real day, also where recorded answers of another one are replayed.
    share = run.flow if run.flow in SHARES else budget.DAILY
    return Reservations(PLANS[run.settings.plan], change, expected, utc_now, time.monotonic, time.sleep, share)


def _is_refused_day(refusal: RefusedCall) -> bool:
    return refusal.scope is Scope.DAY and refusal.name != BudgetSpent.__name__


def _once(client: AlphaVantageClient) -> AlphaVantageClient:
    total = client.waits.retry_total
    return replace(client, waits=RetryPolicy(total, total, total, total))


def _known(lake: LakeStore, calls: Sequence[Call]) -> dict[tuple[str, str], Mapping[str, str]]:
    functions = {call.function for call in calls}
    return {
        (function, symbol): coverage.captures
        for function in functions & COVERAGE_OF.keys()
        for symbol, coverage in state.coverage(COVERAGE_OF[function]).read(lake).items()
    }


def _with_shortened(total: Extraction, context: CallContext, known: capabilities.Capabilities) -> Extraction:
    by = context.shortened_by
    # To a key that never had them a refusal is no news.
    if by is None or not capabilities.is_allowed(known, capabilities.capability_name(by.call.function, "full")):
        return total
    return replace(total, shortened=tuple(dict.fromkeys(context.shortened)), shortened_by=by)


def _learn(lake: LakeStore, fingerprint: str, known: capabilities.Capabilities, seen: Mapping[str, str]) -> None:
    if capabilities.learn(known, seen, utc_now()) != known:
        state.capabilities(fingerprint).change(lake, lambda stored: capabilities.learn(stored, seen, utc_now()))
