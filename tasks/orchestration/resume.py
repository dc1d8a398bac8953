"""Finds the answers of interrupted runs, so that they are not requested again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from tasks.datasets import DATASETS, QUOTES
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.errors import LakeError, ObjectMissing
from tasks.lake.json_documents import get_json
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.records import Call, Observation, Status

# A due session stays due over a long weekend.
_LOOK_BACK: Final = timedelta(days=4)
_MOST_RUNS: Final = 10
_WITHOUT_LOAD: Final = frozenset({None, str(Status.FAILED)})
_OF_BARS: Final = frozenset(dataset.function for dataset in DATASETS.values() if dataset.finality)


def find_resumable_answers(
    lake: LakeStore,
    run_id: str,
    started_at: datetime,
    calls: Sequence[Call],
    due_session: Mapping[str, date],
    flow: str = "daily_prices",
) -> dict[tuple[str, str], Observation]:
    """Finds the answers to planned calls that landed in an earlier run which did not come to load them.

    An answer is taken only where its capture is whole and asking again could bring nothing that is due: bars that hold the due session,
    events and listings of the same day. A quote is asked for anew. Runs that ended at the gate are left alone, because asking again may
    bring better data.

    Args:
        lake: of the same source.
        run_id: the run that looks.
        started_at: when it started, UTC.
        calls: what it would ask.
        due_session: per symbol, where bars are among the calls.
        flow: whose run it is; what a run of another flow brought to its end says nothing about those of this one.

    Returns:
        Observations by function and symbol, the newest of each.

    Raises:
        LakeError: the lake cannot be read.
    """
    wanted = {(call.function, call.symbol): call for call in calls if call.function != QUOTES.function}
    found: dict[tuple[str, str], Observation] = {}
    for earlier in _unfinished(lake, run_id, started_at, flow) if wanted else ():
        for observation in reversed(read_observations(lake, earlier)):
            place = (observation.call.function, observation.call.symbol)
            call = wanted.get(place)
            if call is None or place in found or not _answers(observation.call, call):
                continue
            if _is_fresh(lake, observation, due_session.get(call.symbol), started_at):
                found[place] = observation
    return found


def _unfinished(lake: LakeStore, run_id: str, started_at: datetime, flow: str) -> Iterator[str]:
    days = [started_at - timedelta(days=back) for back in range(_LOOK_BACK.days + 1)]
    runs = {key.split("/")[1] for day in days for key in lake.keys(f"{keys.OBSERVATIONS}{day:%Y%m%d}")}
    yielded = 0
    for earlier in sorted(runs - {run_id}, reverse=True):
        status, of_flow = _ending(lake, earlier)
        if status in _WITHOUT_LOAD:
            yield earlier
            yielded += 1
        elif of_flow == flow and status != Status.GATE_CLOSED:
            # What older runs of the flow left behind, this one has asked for again.
            return
        if yielded == _MOST_RUNS:
            return


def _ending(lake: LakeStore, run_id: str) -> tuple[str | None, str]:
    """How a run ended and of which flow it was; one that was killed left no summary."""
    try:
        summary = get_json(lake, keys.run_key(run_id))
    except ObjectMissing:
        return None, ""
    return summary.get("status"), str(summary.get("flow", ""))


def _answers(requested: Call, call: Call) -> bool:
    if requested.function != call.function:
        return False
    return dict(requested.options) == dict(call.options) or dict(requested.options) == {**call.options, "outputsize": "full"}


def _is_fresh(lake: LakeStore, observation: Observation, due: date | None, started_at: datetime) -> bool:
    is_of_bars = observation.call.function in _OF_BARS
    if not is_of_bars and observation.observed_at.date() < started_at.date():
        return False
    try:
        (capture,) = read_captures(lake, [observation])
    except LakeError:
        return False
    return not is_of_bars or (due is not None and f'"{due}"'.encode() in capture.body)
