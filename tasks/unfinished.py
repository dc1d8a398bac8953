"""What runs that were interrupted had been answered, so that it is not asked for again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.documents import get_json
from tasks.lake.errors import LakeError, ObjectMissing
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.records import Call, Observation, Status
from tasks.schema import DAILY_PRICES

# A due session stays due over a long weekend.
_LOOK_BACK: Final = timedelta(days=4)
_MOST_RUNS: Final = 10


def answered_before(
    lake: LakeStore,
    run_id: str,
    started_at: datetime,
    calls: Sequence[Call],
    due_session: Mapping[str, date],
) -> dict[str, Observation]:
    """Finds the answers to planned calls that landed in an earlier run which did not come to load them.

    An answer is taken only where its capture is whole and holds the due session: then asking again could bring nothing that is due. Runs
    that ended at the gate are left alone, because asking again may bring better data.

    Args:
        lake: of the same source.
        run_id: the run that looks.
        started_at: when it started, UTC.
        calls: what it would ask.
        due_session: per symbol.

    Returns:
        Observations by symbol, the newest of each.

    Raises:
        LakeError: the lake cannot be read.
    """
    wanted = {call.symbol: call for call in calls if call.function == DAILY_PRICES.function}
    found: dict[str, Observation] = {}
    for earlier in _unfinished(lake, run_id, started_at):
        for observation in reversed(read_observations(lake, earlier)):
            call = wanted.get(observation.call.symbol)
            if call is None or call.symbol in found or not _answers(observation.call, call):
                continue
            if _holds(lake, observation, due_session[call.symbol]):
                found[call.symbol] = observation
    return found


def _unfinished(lake: LakeStore, run_id: str, started_at: datetime) -> Iterator[str]:
    days = [started_at - timedelta(days=back) for back in range(_LOOK_BACK.days + 1)]
    runs = {key.split("/")[1] for day in days for key in lake.keys(f"{keys.OBSERVATIONS}{day:%Y%m%d}")}
    for earlier in sorted(runs - {run_id}, reverse=True)[:_MOST_RUNS]:
        try:
            status = get_json(lake, keys.run_key(earlier)).get("status")
        except ObjectMissing:
            status = None
        if status in {None, Status.FAILED}:
            yield earlier
        elif status != Status.GATE_CLOSED:
            # What older runs left behind, this one has asked for again.
            return


def _answers(asked: Call, call: Call) -> bool:
    if asked.function != call.function:
        return False
    return dict(asked.options) == dict(call.options) or dict(asked.options) == {**call.options, "outputsize": "full"}


def _holds(lake: LakeStore, observation: Observation, due: date) -> bool:
    try:
        (capture,) = read_captures(lake, [observation])
    except LakeError:
        return False
    return f'"{due}"'.encode() in capture.body
