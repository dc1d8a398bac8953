"""Where the watchlist is found: a file, or an object in S3."""

from pathlib import Path

from tasks.errors import WrongUsage
from tasks.lake.client import s3_client
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import open_session
from tasks.orchestration.settings import Settings
from tasks.planning.watchlist import Watchlist, read_watchlist


class WatchlistMissing(WrongUsage):
    """There is no watchlist where settings look for it."""


def find_watchlist(settings: Settings, place: str) -> Watchlist:
    """Reads the watchlist.

    Args:
        settings: the place of the run.
        place: a file or ``s3://`` address; empty for the one settings name.

    Raises:
        WrongUsage: it is not there, or a line of it cannot be.
        LakeError: S3 cannot be read.
    """
    place = place or settings.watchlist
    if place.startswith("s3://"):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        store = LakeStore(s3_client(open_session(settings, settings.ingest_role), settings.region), bucket)
        return read_watchlist(store.get(key).decode(), place)
    file = Path(place)
    if not file.is_file():
        raise WatchlistMissing(f"There is no watchlist {place}.", "Set TICKERHOUSE_WATCHLIST, or name symbols with --symbols.")
    return read_watchlist(file.read_text(), place)
