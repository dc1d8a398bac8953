"""Sends one call of a run and stores its response or refusal; holds the state shared by all batches of the run."""

import re
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from tasks.alpha_vantage.client import AlphaVantageClient
from tasks.alpha_vantage.refusals import NotEntitled, Refusal, UnknownNotice
from tasks.datasets import COMPANIONS
from tasks.lake.captures import store_capture
from tasks.lake.rejected import store_rejected
from tasks.lake.store import LakeStore
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger
from tasks.planning import capabilities
from tasks.planning.errors import BudgetSpent
from tasks.records import Call, Observation, RefusedCall, Scope

logger = step_logger("extract")


class CallsStopped(Exception):
    """A call's turn came after a refusal had stopped the calls; it is not sent."""


_SAME_NOTICES: Final = 3
"""A notice that nobody knows, met for so many symbols, is about the key and not about them."""
_FIRST_CALLS: Final = 25
"""Where so many calls, the first of a run to end, all end in the same refusal of their symbol, the next ones would as well."""
_EXAMPLES: Final = 10


class StopSignals:
    """What refusals have stopped: all calls, or those of one function. Safe to share between threads."""

    def __init__(self) -> None:
        self._notices: dict[str, set[str]] = {}
        self._first: list[str] = []
        self._is_answered = False
        self._lock = threading.Lock()
        self._all: RefusedCall | None = None
        self._unreserved: RefusedCall | None = None
        self._functions: dict[str, RefusedCall] = {}
        self._is_broken = threading.Event()

    def refuse(self, refused: RefusedCall) -> None:
        """Takes note of a refusal; the first of its scope is the reason why later calls are skipped."""
        if refused.scope is Scope.FUNCTION:
            self._functions.setdefault(refused.call.function, refused)
        elif refused.scope.stops_calls and self._all is None:
            self._all = refused

    def answered(self) -> None:
        """Takes note that a call was answered with data."""
        self._is_answered = True

    def widen_met(self, refusal: Refusal) -> None:
        """Gives a notice that nobody knows the scope of the key once three symbols have met it, their names left out of its words."""
        if not isinstance(refusal, UnknownNotice):
            return
        words = _without_name(refusal.detail, refusal.call)
        with self._lock:
            symbols = self._notices.setdefault(words, set())
            symbols.add(refusal.call.symbol)
            is_of_key = len(symbols) >= _SAME_NOTICES
        if is_of_key:
            refusal.scope = Scope.KEY

    def widen_repeated(self, refusal: Refusal) -> None:
        """Gives a refusal of a symbol the scope of the key where the first 25 calls of the run all ended in it.

        Calls that only complete rows do not count: a fund has no overview.
        """
        if refusal.scope is not Scope.SYMBOL or refusal.call.function in COMPANIONS or self._is_answered:
            return
        with self._lock:
            self._first.append(type(refusal).__name__)
            is_of_all = len(self._first) >= _FIRST_CALLS and len(set(self._first)) == 1
        if is_of_all:
            refusal.stop_all(_FIRST_CALLS)

    def spend(self, refused: RefusedCall) -> None:
        """Takes note that the budget has no call left; those that have theirs are still sent."""
        self._unreserved = self._unreserved or refused

    def break_off(self) -> None:
        """Lets no further call be sent, because the run itself ends."""
        self._is_broken.set()

    def sleep(self, seconds: float) -> None:
        """Waits.

        Raises:
            CallsStopped: the run ended meanwhile.
        """
        if self._is_broken.wait(seconds):
            raise CallsStopped

    def of(self, call: Call, *, is_reserved: bool = False) -> RefusedCall | None:
        """The refusal that a call is not sent for."""
        return self._all or self._functions.get(call.function) or (None if is_reserved else self._unreserved)

    def check(self, call: Call, *, is_reserved: bool = False) -> None:
        """Lets a call pass.

        Args:
            call: which.
            is_reserved: whether the budget counts it already.

        Raises:
            CallsStopped: it is not to be sent any more.
        """
        if self._is_broken.is_set() or self.of(call, is_reserved=is_reserved) is not None:
            raise CallsStopped


def _without_name(words: str, call: Call) -> str:
    """The words of a notice without the symbol, which may stand in them in any case, its function, and what numbers it has."""
    names = [re.escape(name) for name in (call.symbol, call.function) if name]
    found = re.sub(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", "", words, flags=re.IGNORECASE) if names else words
    # A time or a count differs from one answer to the next.
    return " ".join(re.sub(r"\d+", "0", found).split()).casefold()


@dataclass(frozen=True)
class CallResult:
    """The result of one call; neither is set where the calls had stopped before it was sent."""

    observation: Observation | None = None
    refused: RefusedCall | None = None


class ShownRefusals:
    """Which refusals are shown as they come: the first ten of each kind. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met: Counter[str] = Counter()

    def show(self, refusal: Refusal) -> None:
        """Logs a refusal, unless enough of its kind were shown; one that stops the calls always is."""
        with self._lock:
            self._met[type(refusal).__name__] += 1
            is_example = self._met[type(refusal).__name__] <= _EXAMPLES
        if is_example or refusal.scope.stops_calls:
            logger.warning("%s", refusal)

    def show_totals(self) -> None:
        """Logs one line for each kind of which not all were shown."""
        for name, count in self._met.items():
            if count > _EXAMPLES:
                logger.warning("%s: %s calls in all; %s are shown, all are in the summary", name, f"{count:,}", _EXAMPLES)


class CallContext:
    """What all batches of a run share; no dataclass, because Prefect looks through those for other tasks' results, at every batch.

    Attributes:
        client: so that one pace and one budget hold for all.
        known: recent captures by function and symbol, from coverage: sha256 to key.
        may_fall_back: whether a refused whole history may become the latest 100 sessions.
        threads: so that calls are sent in the order of the plan across batches.
        stops: what is not sent any more.
        seen: what the key was seen to be allowed or refused, by capability.
        shortened: symbols for which the latest sessions are requested in place of the whole history.
        shortened_by: the refusal of whole histories, after which no further one is requested.
        shown: the refusals that were shown.
        settled: by batch and place in it, what earlier attempts of the batch have settled.
    """

    def __init__(
        self,
        client: AlphaVantageClient,
        known: Mapping[tuple[str, str], Mapping[str, str]],
        threads: ThreadPoolExecutor,
        stops: StopSignals,
        *,
        may_fall_back: bool,
    ) -> None:
        self.client = client
        self.known = known
        self.may_fall_back = may_fall_back
        self.threads = threads
        self.stops = stops
        self.seen: dict[str, str] = {}
        self.shortened: list[str] = []
        self.shortened_by: RefusedCall | None = None
        self.shown = ShownRefusals()
        self.settled: dict[int, dict[int, CallResult]] = {}


def send_call(run: Run, lake: LakeStore, context: CallContext, client: AlphaVantageClient, call: Call) -> CallResult:
    """Sends one call and stores what came: an answer as a capture, the body of a refusal apart from it.

    Args:
        run: the run.
        lake: of the step.
        context: what the run's calls share.
        client: the context's own, or one that sends each call once.
        call: what to request.

    Raises:
        LakeError: the lake cannot be written.
    """
    if context.shortened_by is not None and context.may_fall_back and call.options.get("outputsize") == "full":
        context.shortened.append(call.symbol)
        call = replace(call, options={**call.options, "outputsize": "compact"})
    met: list[Refusal] = []

    def meet(refusal: Refusal) -> None:
        met.append(refusal)
        context.stops.widen_met(refusal)

    try:
        context.stops.check(call)
        answer = client.fetch(call, meet)
    except Refusal as refusal:
        return _refused(run, lake, context, client, refusal)
    except BudgetSpent as spent:
        refused = RefusedCall(call, type(spent).__name__, Scope.DAY, spent.fact, spent.way_out, attempts=0)
        context.stops.spend(refused)
        return CallResult(refused=refused)
    except CallsStopped:
        # A call that was refused and would have been sent again has its own refusal.
        return _refused(run, lake, context, client, met[-1]) if met else CallResult()
    context.stops.answered()
    context.seen[capabilities.capability_name(call.function, call.options.get("outputsize", ""))] = "data"
    observation = Observation(
        call=answer.call,
        capture=store_capture(lake, answer, context.known.get((call.function, call.symbol), {})),
        observed_at=answer.observed_at,
        http_status=answer.http_status,
        content_type=answer.content_type,
        attempts=answer.attempts,
        run_id=run.run_id,
    )
    return CallResult(observation)


def _refused(run: Run, lake: LakeStore, context: CallContext, client: AlphaVantageClient, refusal: Refusal) -> CallResult:
    call = refusal.call
    size = call.options.get("outputsize", "")
    if isinstance(refusal, NotEntitled):
        context.seen[capabilities.capability_name(call.function, size)] = type(refusal).__name__
    if refusal.fallback and context.may_fall_back and size != refusal.fallback:
        context.shortened_by = refusal.as_record()
        context.shortened.append(call.symbol)
        return send_call(run, lake, context, client, replace(call, options={**call.options, "outputsize": refusal.fallback}))
    context.stops.widen_repeated(refusal)
    # Recorded before the body is stored: no other thread is to send a call meanwhile.
    context.stops.refuse(refusal.as_record())
    context.shown.show(refusal)
    rejected = store_rejected(lake, call, refusal.body, run.now(), run.run_id) if refusal.body else ""
    return CallResult(refused=refusal.as_record(rejected))
