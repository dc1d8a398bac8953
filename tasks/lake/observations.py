"""Stores and reads observations: one JSON-lines file per batch, one observation per line."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from tasks.lake.errors import DocumentUnreadable
from tasks.lake.keys import observations_key, observations_prefix
from tasks.lake.store import LakeStore
from tasks.records import Call, Capture, Observation


def write_observations(store: LakeStore, run_id: str, batch: int, observations: Sequence[Observation]) -> str:
    """Writes the observations of one batch whole and returns their key; the same batch written again replaces them.

    Args:
        store: where to.
        run_id: the run.
        batch: its number in the run, from 0.
        observations: requests without the API key, in any order.
    """
    key = observations_key(run_id, batch)
    lines = (json.dumps(_line(observation), ensure_ascii=False) + "\n" for observation in observations)
    store.put(key, "".join(lines).encode(), "application/x-ndjson")
    return key


def read_observations(store: LakeStore, run_id: str) -> list[Observation]:
    """Every observation of a run, batch by batch, in the order written; empty where the run has none.

    Raises:
        DocumentUnreadable: a line is not an observation.
    """
    return [_observation(line, place) for line, place in _lines(store, run_id)]


def read_whole_observations(store: LakeStore, run_id: str) -> tuple[list[Observation], list[str]]:
    """The observations of a run that are whole, and a sentence for every line that is none: for a run that may have died while writing."""
    found, warnings = [], []
    for line, place in _lines(store, run_id):
        try:
            found.append(_observation(line, place))
        except DocumentUnreadable as error:
            warnings.append(f"{error.fact} It is left out.")
    return found, warnings


def _lines(store: LakeStore, run_id: str) -> Iterator[tuple[bytes, str]]:
    for key in sorted(store.keys(observations_prefix(run_id))):
        for number, line in enumerate(store.get(key).split(b"\n"), start=1):
            if line:
                yield line, f"{store.uri(key)}, line {number}"


def _line(observation: Observation) -> dict[str, object]:
    call, capture = observation.call, observation.capture
    return {
        "request": {"function": call.function, "symbol": call.symbol, "options": dict(call.options), "reason": call.reason},
        "observed_at": observation.observed_at.isoformat(),
        "http_status": observation.http_status,
        "content_type": observation.content_type,
        "body_key": capture.key,
        "sha256": capture.sha256,
        "body_bytes": capture.body_bytes,
        "stored_bytes": capture.stored_bytes,
        "is_new": capture.is_new,
        "attempts": observation.attempts,
        "run_id": observation.run_id,
    }


def _observation(line: bytes, place: str) -> Observation:
    try:
        fields = json.loads(line)
        found = Observation(
            call=Call(**fields["request"]),
            capture=Capture(fields["body_key"], fields["sha256"], fields["body_bytes"], fields["stored_bytes"], fields["is_new"]),
            observed_at=datetime.fromisoformat(fields["observed_at"]),
            http_status=fields["http_status"],
            content_type=fields["content_type"],
            attempts=fields["attempts"],
            run_id=fields["run_id"],
        )
        _refuse_other_types(found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        way_out = "Restore an earlier version of the object, or delete the line: its call is then sent again."
        raise DocumentUnreadable(f"{place} is not an observation.", way_out, {"cause": repr(error)}) from None
    return found


def _refuse_other_types(found: Observation) -> None:
    call, capture = found.call, found.capture
    texts = (call.function, call.symbol, *dict(call.options).values(), capture.key, capture.sha256, found.content_type, found.run_id)
    if not all(isinstance(text, str) for text in texts) or found.observed_at.tzinfo is None:
        raise TypeError("a member that is not text, or an instant without a time zone")
