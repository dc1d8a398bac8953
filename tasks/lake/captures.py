"""Stores and reads captures: exact response bytes, compressed, stored once by their sha256."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tasks.ahead import ahead
from tasks.lake.errors import CaptureDamaged, LakeError, ObjectMissing
from tasks.lake.keys import raw_key, sha256_of
from tasks.lake.store import LakeStore
from tasks.records import Answer, Capture, CapturedBody, Observation

RECENT_CAPTURES: Final = 8
"""How many distinct captures of a symbol coverage remembers."""

_LEVEL: Final = 6
_READERS: Final = 8


def store_capture(store: LakeStore, answer: Answer, known: Mapping[str, str]) -> Capture:
    """Stores the body of an answer, unless it is stored already.

    A body that is known keeps its key; one received again on the day of its first receipt has the same key anyway. An object whose
    length is not the expected one is the rest of a broken write and is written again.

    Args:
        store: where to.
        answer: recognised as data.
        known: sha256 to key of the symbol's recent captures, from its coverage.

    Returns:
        The capture; ``is_new`` says that no object was there, not that its bars were loaded.
    """
    sha256 = hashlib.sha256(answer.body).hexdigest()
    key = known.get(sha256) or raw_key(answer.call.function, answer.call.symbol, sha256, answer.observed_at, _extension(answer))
    packed = gzip.compress(answer.body, _LEVEL, mtime=0)
    held = store.size_before_writing(key)
    if held != len(packed):
        store.put(key, packed, "application/gzip")
        store.recent.keep(key, packed)
    return Capture(key, sha256, len(answer.body), len(packed), is_new=held is None)


def read_captures(
    store: LakeStore, observations: Sequence[Observation], damaged: Callable[[Observation, LakeError], None] | None = None
) -> Iterator[CapturedBody]:
    """Reads every distinct capture of the observations back, a few ahead of the reader.

    What this process has just stored costs no request the first time.

    Args:
        store: where from.
        observations: in any order.
        damaged: told of each capture that is not whole, or not there; where None, the first is raised.

    Yields:
        One body per distinct key, in the order of first mention, with the newest ``observed_at``.

    Raises:
        ObjectMissing: a capture is not there.
        CaptureDamaged: the stored bytes are not those of the sha256 in the observation.
    """
    newest: dict[str, Observation] = {}
    for observation in observations:
        held = newest.get(observation.capture.key)
        if held is None or observation.observed_at > held.observed_at:
            newest[observation.capture.key] = observation
    found = ahead(lambda observation: _read_or_not(store, observation.capture), newest.values(), _READERS)
    for observation, body in zip(newest.values(), found, strict=True):
        if isinstance(body, bytes):
            yield CapturedBody(observation.call.symbol, observation.capture.key, observation.observed_at, body)
        elif damaged is None:
            raise body
        else:
            damaged(observation, body)


def remember(known: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """The captures that coverage remembers of a symbol, after a run.

    Args:
        known: sha256 to key, newest last.
        keys: the captures of this run, newest last.

    Returns:
        The most recent distinct captures, newest last, at most ``RECENT_CAPTURES``.
    """
    captures = dict(known)
    for key in keys:
        sha256 = sha256_of(key)
        captures[sha256] = captures.pop(sha256, key)
    return dict(list(captures.items())[-RECENT_CAPTURES:])


def _read_or_not(store: LakeStore, capture: Capture) -> bytes | CaptureDamaged | ObjectMissing:
    try:
        return _read(store, capture)
    except (CaptureDamaged, ObjectMissing) as error:
        return error


def _read(store: LakeStore, capture: Capture) -> bytes:
    place = store.uri(capture.key)
    way_out = "Restore an earlier version of the object, or delete it and request the symbol again."
    try:
        body = gzip.decompress(store.recent.take(capture.key) or store.get(capture.key))
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureDamaged(f"{place} is not a gzip file.", way_out, {"cause": type(error).__name__}) from None
    found = hashlib.sha256(body).hexdigest()
    if found != capture.sha256:
        evidence = {"expected": capture.sha256, "found": found, "body_bytes": len(body)}
        raise CaptureDamaged(f"{place} does not match its sha256.", way_out, evidence)
    return body


def _extension(answer: Answer) -> str:
    # The API labels CSV as application/x-download; only the body shows it.
    return "json" if answer.body.lstrip()[:1] in {b"{", b"["} else "csv"
