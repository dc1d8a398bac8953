"""Step 2: the calls of the plan, each ending as a capture and an observation, or as a refusal. The door to ``tasks/alpha_vantage``."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

import httpx

from tasks.alpha_vantage.client import AlphaVantageClient, Waits
from tasks.alpha_vantage.pacing import Pace
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.refusals import Refusal
from tasks.alpha_vantage.scrub import guard_logs, key_fingerprint
from tasks.aws import open_lake, read_api_key
from tasks.lake.captures import store_capture
from tasks.lake.coverage import read_coverage
from tasks.lake.ledger import read_ledger, write_ledger
from tasks.lake.observations import write_observations
from tasks.lake.rejected import store_rejected
from tasks.lake.store import LakeStore
from tasks.plan import Planned
from tasks.planning.budget import exhaust, from_json, spend, to_json
from tasks.records import Call, Extraction, NotAsked, Observation, RefusedCall, Scope
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.settings import Settings
from tasks.step import step, step_logger

logger = step_logger("extract")

# At 1,200 calls a minute and 150 ms an answer three are in flight; the others store meanwhile.
_THREADS = 8
_CONNECT_SECONDS = 10.0
_PROGRESS_SECONDS = 2.0


@dataclass(frozen=True)
class Asked:
    """What one call came to; neither is set where the asking had stopped before it was sent."""

    sent: int
    observation: Observation | None = None
    refused: RefusedCall | None = None


@dataclass(frozen=True)
class Asking:
    """What all batches of a run share.

    Attributes:
        client: so that one pace holds for all.
        known: recent captures by symbol, from coverage.
        may_fall_back: whether a refused whole history may become the latest 100 sessions.
        stop: set when a refusal stops the asking.
    """

    client: AlphaVantageClient
    known: Mapping[str, Mapping[str, str]]
    may_fall_back: bool
    stop: threading.Event = field(default_factory=threading.Event)


def extract(run: Run, planned: Planned) -> Extraction:
    """Sends the calls of a plan, batch by batch, until they are answered or a refusal stops the asking.

    Args:
        run: the run.
        planned: what to ask, in order.

    Raises:
        KeyMissing: there is no API key.
        LakeError: the lake cannot be written.
    """
    settings = run.settings
    key = read_api_key(settings)
    guard_logs(key)
    lake = open_lake(settings, settings.ingest_role)
    known = {symbol: held.captures for symbol, held in read_coverage(lake, DAILY_PRICES.name).items()}
    calls = planned.plan.calls
    batches = [calls[start : start + settings.batch_size] for start in range(0, len(calls), settings.batch_size)]
    total = Extraction()
    with httpx.Client(timeout=httpx.Timeout(settings.request_timeout, connect=_CONNECT_SECONDS)) as http:
        client = AlphaVantageClient(
            http,
            api_url=settings.api_url,
            api_key=key,
            pace=Pace(PLANS[settings.plan]),
            waits=_waits(settings),
            now=run.now,
        )
        asking = Asking(client, known, planned.may_fall_back)
        for number, batch in enumerate(batches):
            stopped_by = next((refusal for refusal in total.refused if refusal.scope.stops_asking), None)
            if stopped_by is not None:
                rest = tuple(_left_over(call, stopped_by) for unsent in batches[number:] for call in unsent)
                total = replace(total, not_asked=total.not_asked + rest)
                break
            reserved = len(batch)
            _book(run, lake, key, reserved)
            result = extract_batch(run, number, batch, asking)
            # What was reserved and not sent is given back; refused calls and repeats count.
            _book(run, lake, key, result.sent - reserved, is_spent_up=any(refusal.scope is Scope.DAY for refusal in result.refused))
            total = _add(total, result)
    return total


@step("extract", task_run_name="extract batch {number}")
def extract_batch(
    run: Run,
    number: int,
    calls: Sequence[Call],
    asking: Asking,
) -> Extraction:
    """Sends the calls of one batch and stores what comes, fetching and storing side by side.

    Args:
        run: the run.
        number: the batch's number, from 0.
        calls: what to ask.
        asking: what all batches share.
    """
    lake = open_lake(run.settings, run.settings.ingest_role)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="extract") as threads:
        futures = [threads.submit(_ask, run, lake, asking, call) for call in calls]
        try:
            _watch(futures)
        except BaseException:
            asking.stop.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    asked = [future.result() for future in futures]
    refused = tuple(one.refused for one in asked if one.refused)
    stopped_by = next((refusal for refusal in refused if refusal.scope.stops_asking), None)
    unsent = [call for call, one in zip(calls, asked, strict=True) if not (one.refused or one.observation)]
    observations = tuple(one.observation for one in asked if one.observation)
    if observations:
        write_observations(lake, run.run_id, number, observations)
    return Extraction(
        observations=observations,
        refused=refused,
        not_asked=tuple(_left_over(call, stopped_by) for call in unsent if stopped_by),
        sent=sum(one.sent for one in asked),
    )


def _ask(run: Run, lake: LakeStore, asking: Asking, call: Call) -> Asked:
    if asking.stop.is_set():
        return Asked(0)
    try:
        answer = asking.client.fetch(call)
    except Refusal as refusal:
        if refusal.fallback and asking.may_fall_back and call.options.get("outputsize") != refusal.fallback:
            again = _ask(run, lake, asking, replace(call, options={**call.options, "outputsize": refusal.fallback}))
            return replace(again, sent=again.sent + refusal.attempts)
        if refusal.scope.stops_asking:
            asking.stop.set()
        rejected = store_rejected(lake, call, refusal.body, run.now(), run.run_id) if refusal.body else ""
        logger.warning("%s", refusal)
        return Asked(refusal.attempts, refused=refusal.as_record(rejected))
    observation = Observation(
        call=answer.call,
        capture=store_capture(lake, answer, asking.known.get(call.symbol, {})),
        observed_at=answer.observed_at,
        http_status=answer.http_status,
        content_type=answer.content_type,
        attempts=answer.attempts,
        run_id=run.run_id,
    )
    return Asked(answer.attempts, observation=observation)


def _watch(futures: Sequence[Future[Asked]]) -> None:
    said, total = time.monotonic(), len(futures)
    for done, future in enumerate(as_completed(futures), 1):
        future.result()
        if done == total or time.monotonic() - said > _PROGRESS_SECONDS:
            said = time.monotonic()
            logger.info("%s of %s calls answered", done, total)


def _left_over(call: Call, stopped_by: RefusedCall) -> NotAsked:
    return NotAsked(call.symbol, f"{stopped_by.name} stopped the asking", stopped_by.way_out)


def _add(total: Extraction, more: Extraction) -> Extraction:
    return Extraction(
        observations=total.observations + more.observations,
        refused=total.refused + more.refused,
        not_asked=total.not_asked + more.not_asked,
        sent=total.sent + more.sent,
    )


def _book(run: Run, lake: LakeStore, key: str, calls: int, *, is_spent_up: bool = False) -> None:
    fingerprint = key_fingerprint(key)
    ledger = spend(from_json(read_ledger(lake, fingerprint)), calls, run.started_at)
    if is_spent_up:
        ledger = exhaust(ledger, run.started_at)
    write_ledger(lake, fingerprint, to_json(ledger))


def _waits(settings: Settings) -> Waits:
    return Waits(settings.retry_wait, settings.retry_wait_limit, settings.retry_total, settings.minute_wait)
