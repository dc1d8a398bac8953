"""Finds the answers of earlier runs that no table holds yet: they are loaded without a call, whatever is planned now."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from tasks.datasets import COVERAGE_OF, DATASETS, QUOTES
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.errors import BucketMissing, DocumentUnreadable, LakeError, LakeForbidden, LakeUnreachable, ObjectMissing, UnfitForKey
from tasks.lake.json_documents import get_json
from tasks.lake.observations import read_whole_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.inputs import Coverage
from tasks.records import Call, Observation, Status
from tasks.wording import agreeing, counted

Place = tuple[str, str]
"""Function and symbol of a call."""

_LOOK_BACK: Final = timedelta(days=10)
_MOST_RUNS: Final = 10
_MOST_FAILURES: Final = 1
_DETERMINISTIC_STEPS: Final = frozenset({"parse", "validate", "curate", "reconcile"})
_DETERMINISTIC_ERRORS: Final = frozenset({"CopyFailed", "StageCountMismatch", "DuplicateKeys", "CheckViolated"})
_OF_BARS: Final = frozenset(dataset.function for dataset in DATASETS.values() if dataset.finality)


@dataclass(frozen=True)
class RunScope:
    """The symbols, functions and sessions of a run.

    Attributes:
        symbols: its symbols.
        functions: what it requests of them.
        due_session: per symbol, the newest final session, where bars are among it.
        day: the day it speaks for, UTC; events and listings observed since are as new as a call could bring.
        is_of_history: whether any answer to the same call will do, because the newest session is not what it is for.
        is_whole: whether nobody chose some symbols; answers for symbols that have left the watchlist are then part of it too.
    """

    symbols: Collection[str] = ()
    functions: Collection[str] = ()
    due_session: Mapping[str, date] = field(default_factory=dict)
    day: date = date.max
    is_of_history: bool = False
    is_whole: bool = False

    def holds(self, call: Call) -> bool:
        """Whether the answer to a call is part of it; a call for no symbol is one for all."""
        return call.function in self.functions and (self.is_whole or not call.symbol or call.symbol in self.symbols)


@dataclass(frozen=True)
class StoredAnswers:
    """Answers of earlier runs that no table holds.

    Attributes:
        instead: by function and symbol, the newest of those that make a call unnecessary.
        beside: the others; they are loaded too, and their calls are sent where they are due.
        origins: per earlier run, how it ended, in words.
        warnings: objects of earlier runs that cannot be read, and answers that are not taken up again, a sentence each.
    """

    instead: Mapping[Place, Observation] = field(default_factory=dict)
    beside: tuple[Observation, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All of them, the older of one symbol before the newer."""
        return (*self.beside, *self.instead.values())

    @property
    def sentence(self) -> str:
        """How many there are, and where they come from."""
        number = len(self.observations)
        stored = f"{counted(number, 'answer')} {agreeing(number, 'was', 'were')} stored and not loaded ({self.words})"
        return f"{stored}; {agreeing(number, 'it costs', 'they cost')} no call"

    @property
    def words(self) -> str:
        """Where they come from, e.g. ``run 20261120T110000Z-1a2b3c4d, which has no summary``."""
        used = Counter(observation.run_id for observation in self.observations)
        unloaded = {run_id: f"which did not load {agreeing(number, 'it', 'them')}" for run_id, number in used.items()}
        return "; ".join(f"run {run_id}, {self.origins.get(run_id, words)}" for run_id, words in unloaded.items())


def find_stored_answers(lake: LakeStore, run_id: str, started_at: datetime, calls: Sequence[Call], scope: RunScope) -> StoredAnswers:
    """Finds answers that earlier runs stored and did not load.

    An answer waits where its run failed or left no summary, and coverage does not know of an answer as new. It makes a call unnecessary
    only where its capture is whole and requesting again could bring nothing that is due: bars that hold the due session, events and
    listings of the day that the run speaks for. A quote is requested anew. Runs that ended at the gate are left alone, because requesting
    again may bring better data. What made a run fail for a reason that comes again (a body, a row, a rule) is taken up once, and then
    requested anew.

    Args:
        lake: of the same source.
        run_id: the run that looks.
        started_at: when it started, UTC.
        calls: what it would request.
        scope: its symbols, functions and due sessions.

    Raises:
        LakeError: the lake, or its coverage, cannot be read. What an earlier run left damaged is a warning.
    """
    return _Search(lake, run_id, started_at).answers(calls, scope)


class _Search:
    """One look through the runs of the latest days."""

    def __init__(self, lake: LakeStore, run_id: str, started_at: datetime) -> None:
        self._lake, self._run_id, self._started_at = lake, run_id, started_at
        self._warnings: list[str] = []
        self._failures: Counter[str] = Counter()
        self._coverage = lru_cache(self._read_coverage)

    def answers(self, calls: Sequence[Call], scope: RunScope) -> StoredAnswers:
        wanted = {(call.function, call.symbol): call for call in calls}
        instead: dict[Place, Observation] = {}
        beside: list[Observation] = []
        origins: dict[str, str] = {}
        for earlier, words in self._unfinished():
            waiting = [each for each in reversed(self._observations(earlier)) if scope.holds(each.call) and self._waits(each)]
            for observation, body in self._readable(self._without_repeated_failures(earlier, waiting)):
                place = (observation.call.function, observation.call.symbol)
                call = wanted.get(place)
                origins[observation.run_id] = words
                if call and place not in instead and _answers(observation.call, call) and self._is_fresh(observation, scope, body):
                    instead[place] = observation
                else:
                    beside.append(observation)
        beside.sort(key=lambda observation: observation.observed_at)
        return StoredAnswers(instead, tuple(beside), origins, tuple(self._warnings))

    def _unfinished(self) -> Iterator[tuple[str, str]]:
        """Newest first, the runs that failed or left no summary, with how they ended; what failures tell is counted on the way."""
        # A run id begins with its start, so that ids and keys sort by time.
        oldest = f"{self._started_at - _LOOK_BACK:%Y%m%d}"
        runs = {key.split("/")[1] for key in self._lake.keys(keys.OBSERVATIONS, after=keys.OBSERVATIONS + oldest)} - {self._run_id}
        ended = set(self._lake.keys(keys.RUNS, after=keys.RUNS + oldest))
        settled: set[str] = set()
        yielded = 0
        for earlier in sorted(runs, reverse=True):
            summary = self._summary(earlier, ended)
            status, taken_up = summary.get("status"), summary.get("taken_up") or ()
            if status not in {None, Status.FAILED}:
                settled.update(taken_up)
                continue
            is_deterministic = _comes_again(summary)
            if is_deterministic:
                self._failures.update(taken_up)
            self._failures.update({f"{earlier}/": int(is_deterministic)})
            self._settled = frozenset(settled)
            yield earlier, "which failed" if status else "which has no summary"
            yielded += 1
            if yielded == _MOST_RUNS:
                return

    def _summary(self, run_id: str, ended: Collection[str]) -> Mapping[str, Any]:
        try:
            key = keys.run_key(run_id)
            return _checked(get_json(self._lake, key), self._lake.uri(key)) if key in ended else {}
        except (ObjectMissing, UnfitForKey):
            return {}
        except DocumentUnreadable as error:
            self._warnings.append(f"{error.fact} How that run ended is not known; it counts as one that left no summary.")
            return {}

    def _observations(self, run_id: str) -> list[Observation]:
        try:
            found, warnings = read_whole_observations(self._lake, run_id)
        except UnfitForKey:
            return []
        self._warnings += warnings
        return found

    def _waits(self, observation: Observation) -> bool:
        call, key = observation.call, observation.capture.key
        if call.function == QUOTES.function or key in self._settled:
            return False
        held = self._coverage(COVERAGE_OF[call.function]).get(call.symbol) if call.function in COVERAGE_OF else None
        return held is None or held.observed_at < observation.observed_at

    def _read_coverage(self, name: str) -> Coverage:
        return state.coverage(name).read(self._lake)

    def _without_repeated_failures(self, run_id: str, waiting: Sequence[Observation]) -> Iterator[Observation]:
        set_aside = []
        for observation in waiting:
            if self._failures[f"{run_id}/"] + self._failures[observation.capture.key] > _MOST_FAILURES:
                set_aside.append(observation)
            else:
                yield observation
        if set_aside:
            shown = ", ".join(sorted(f"{each.call.function} {each.call.symbol} ({each.capture.key})" for each in set_aside)[:5])
            more = f" and {len(set_aside) - 5} more" if len(set_aside) > 5 else ""  # noqa: PLR2004 - as many as are shown
            self._warnings.append(f"Stored answers that made two runs fail are not taken up again but requested anew: {shown}{more}.")

    def _readable(self, waiting: Iterator[Observation]) -> Iterator[tuple[Observation, bytes]]:
        for observation in waiting:
            try:
                body = next(read_captures(self._lake, [observation])).body
            except (BucketMissing, LakeForbidden, LakeUnreachable):
                raise
            except LakeError as error:
                self._warnings.append(f"The stored answer of {observation.call.symbol or observation.call.function} is lost: {error.fact}")
                continue
            yield observation, body

    def _is_fresh(self, observation: Observation, scope: RunScope, body: bytes) -> bool:
        if scope.is_of_history:
            return True
        if observation.call.function not in _OF_BARS:
            return observation.observed_at.date() >= scope.day
        due = scope.due_session.get(observation.call.symbol)
        return due is not None and f'"{due}"'.encode() in body


def _checked(summary: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """A summary whose members have the types that this module reads.

    Raises:
        DocumentUnreadable: they have not.
    """
    error, taken_up = summary.get("error"), summary.get("taken_up") or ()
    texts = [summary.get("status"), *(taken_up if isinstance(taken_up, list | tuple) else (taken_up,))]
    texts += [error.get("step"), error.get("name")] if isinstance(error, dict) else []
    if not all(text is None or isinstance(text, str) for text in texts):
        raise DocumentUnreadable(f"{place} is not the summary of a run.")
    return summary


def _comes_again(summary: Mapping[str, Any]) -> bool:
    """Whether a run failed for a reason that lies in what it was answered."""
    error = summary.get("error")
    if not isinstance(error, dict):
        return False
    return error.get("step") in _DETERMINISTIC_STEPS or error.get("name") in _DETERMINISTIC_ERRORS


def _answers(requested: Call, call: Call) -> bool:
    if requested.function != call.function:
        return False
    return dict(requested.options) == dict(call.options) or dict(requested.options) == {**call.options, "outputsize": "full"}
