"""Reads the watchlist from a file or an S3 object."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import WrongUsage
from tasks.planning.watchlist import Watchlist, read_watchlist

if TYPE_CHECKING:
    from tasks.lake.store import LakeStore

_S3: Final = "s3://"


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
    if place.startswith(_S3):
        bucket, _, key = place.removeprefix(_S3).partition("/")
        return read_watchlist(open_bucket(bucket).get(key).decode(), place)
    return _read_file(place)


def check_local_watchlist(place: str) -> None:
    """Reads a watchlist that is a file, so that a missing or invalid one is known before anything is started.

    Raises:
        WrongUsage: it is not there, or a line of it is invalid.
    """
    if not place.startswith(_S3):
        _read_file(place)


def _read_file(place: str) -> Watchlist:
    file = Path(place)
    if not file.is_file():
        raise WatchlistMissing(f"No watchlist at {place}.", "Set TICKERHOUSE_WATCHLIST, or name symbols with --symbols.")
    return read_watchlist(file.read_text(), place)
