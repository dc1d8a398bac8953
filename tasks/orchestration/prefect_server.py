"""The Prefect server that a run reports to: whether it still answers, and how the run ends where it does not.

Prefect's client tries every request again for half a minute and more, and a run sends many. So before each step the server is looked
for, and once it is known to be gone nothing more is tried: steps are refused, and the run's end is taken without Prefect.
"""

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.error import HTTPError, URLError

import httpx
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.exceptions import PrefectException
from prefect.settings import get_current_settings

from tasks.errors import TickerhouseError

_PATIENCE_SECONDS: Final = 30.0
"""A server that is started again answers within that time."""
_TIMEOUT_SECONDS: Final = 5.0
_TICK_SECONDS: Final = 1.0
_RECENT_SECONDS: Final = 5.0

# The slots' errors are no PrefectException, and a server that cannot be reached at all is a RuntimeError of the client.
FAILED_REQUESTS: Final = (httpx.HTTPError, PrefectException, ConcurrencySlotAcquisitionError, RuntimeError)
"""What Prefect's client raises where a request was not answered as it should be."""

_gone: Final = threading.Event()
_last_answer: list[float] = []


class PrefectGone(TickerhouseError):
    """The Prefect server of this run does not answer any more."""


def require_server(patience: float = _PATIENCE_SECONDS) -> None:
    """Waits until the Prefect server answers; asks it at most every few seconds.

    Args:
        patience: seconds to wait.

    Raises:
        PrefectGone: it did not; from now on nothing in this process waits for it.
    """
    if _last_answer and time.monotonic() - _last_answer[0] < _RECENT_SECONDS and not _gone.is_set():
        return
    deadline = time.monotonic() + patience
    while not _gone.is_set():
        if _answers():
            _last_answer[:] = [time.monotonic()]
            return
        if time.monotonic() >= deadline:
            _give_up()
            break
        time.sleep(_TICK_SECONDS)
    raise gone_error()


def look_after_failure(patience: float = 0.0) -> None:
    """Looks for the server after a request failed; remembers it as gone where it does not answer.

    Args:
        patience: seconds to wait for it; none where Prefect's client has tried again for long enough.
    """
    _last_answer.clear()
    with suppress(PrefectGone):
        require_server(patience)


@contextmanager
def naming_a_lost_server() -> Iterator[None]:
    """Around requests to Prefect: what they raise becomes ``PrefectGone`` where the server does not answer any more."""
    try:
        yield
    except FAILED_REQUESTS as error:
        look_after_failure()
        if is_gone():
            raise gone_error() from error
        raise


def is_gone() -> bool:
    """Whether the server was found to be gone."""
    return _gone.is_set()


def gone_error() -> PrefectGone:
    """The error that says so."""
    return PrefectGone(
        f"The Prefect server at {_api_url()} does not answer any more.",
        "Everything received is kept. See that the server runs, then run it again.",
    )


def _answers() -> bool:
    url = _api_url()
    if not url:
        return True
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=_TIMEOUT_SECONDS):  # noqa: S310 - the API that Prefect's settings name
            return True
    except HTTPError:
        return True
    except URLError as error:
        # Whom to trust is for Prefect's own client to say: a certificate that is refused here comes from a server that is there.
        return "CERTIFICATE" in str(error.reason).upper()
    except OSError:
        return False


def _give_up() -> None:
    _gone.set()
    # What Prefect itself still sends, the run's last state for one, is tried once.
    get_current_settings().client.max_retries = 0


def _api_url() -> str:
    return get_current_settings().api.url or ""
