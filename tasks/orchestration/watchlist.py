"""Reads the watchlist from a file or an S3 object."""

from collections.abc import Callable
from pathlib import Path

from tasks.errors import WrongUsage
from tasks.lake.store import LakeStore
from tasks.planning.watchlist import Watchlist, read_watchlist


class WatchlistMissing(WrongUsage):
    """There is no watchlist where settings look for it."""


def find_watchlist(place: str, open_bucket: Callable[[str], LakeStore]) -> Watchlist:
    """Reads the watchlist.

    Args:
        place: a file or ``s3://`` address.
        open_bucket: gives the bucket of such an address.

    Raises:
        WrongUsage: it is not there, or a line of it is invalid.
        LakeError: S3 cannot be read.
    """
    if place.startswith("s3://"):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return read_watchlist(open_bucket(bucket).get(key).decode(), place)
    file = Path(place)
    if not file.is_file():
        raise WatchlistMissing(f"No watchlist at {place}.", "Set TICKERHOUSE_WATCHLIST, or name symbols with --symbols.")
    return read_watchlist(file.read_text(), place)
