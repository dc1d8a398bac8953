"""Reads the watchlist from a file or an S3 object."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import WrongUsage
from tasks.lake.errors import ObjectMissing
from tasks.planning.watchlist import Watchlist, read_watchlist

if TYPE_CHECKING:
    from tasks.lake.store import LakeStore

_S3: Final = "s3://"
_WAY_OUT: Final = "Run this in the checkout's folder, set TICKERHOUSE_WATCHLIST, or name symbols with --symbols."


class WatchlistMissing(WrongUsage):
    """There is no watchlist where settings look for it."""


def find_watchlist(place: str, open_bucket: "Callable[[str], LakeStore]") -> Watchlist:
    """Reads the watchlist.

    Args:
        place: a file or ``s3://`` address.
        open_bucket: gives the bucket of such an address.

    Raises:
        WrongUsage: it is not there, or a line of it is invalid.
        LakeError: S3 cannot be read.
    """
    if is_file(place):
        return _read_file(place)
    bucket, _, key = place.removeprefix(_S3).partition("/")
    try:
        text = open_bucket(bucket).get(key)
    except ObjectMissing:
        raise WatchlistMissing(f"No watchlist at {place}.", _WAY_OUT) from None
    return _read(text, place)


def check_local_watchlist(place: str) -> None:
    """Reads a watchlist that is a file, so that a missing or invalid one is known before anything is started.

    Raises:
        WrongUsage: it is not there, or a line of it is invalid.
    """
    if is_file(place):
        _read_file(place)


def is_file(place: str) -> bool:
    """Whether a watchlist lies on this machine, and not in S3."""
    return not place.startswith(_S3)


def _read_file(place: str) -> Watchlist:
    try:
        return _read(Path(place).read_bytes(), place)
    except OSError as error:
        why = "" if isinstance(error, FileNotFoundError) else f" ({error.strerror})"
        raise WatchlistMissing(f"No watchlist at {place}{why}.", _WAY_OUT) from None


def _read(text: bytes, place: str) -> Watchlist:
    try:
        return read_watchlist(text.decode(), place)
    except UnicodeDecodeError:
        raise WatchlistMissing(f"{place} is not a watchlist: it is not UTF-8 text.", _WAY_OUT) from None
