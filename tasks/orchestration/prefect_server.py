"""The Prefect server that a run reports to: whether it still answers, and how the run ends where it does not.

Prefect's client tries every request again for half a minute and more, and a run sends many. So before each step the server is looked
for, and once it is known to be gone nothing more is tried: steps are refused, and the run's end is taken without Prefect. A server that
hangs is not found out by a request, which waits for it again and again: it is looked for beside the run as well.
"""

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final
from urllib.error import HTTPError, URLError

import httpx
from prefect.context import SyncClientContext
from prefect.exceptions import PrefectException
from prefect.settings import get_current_settings

from tasks.errors import TickerhouseError

_PATIENCE_SECONDS: Final = 20.0
"""A server that is started again answers within that time."""
_TIMEOUT_SECONDS: Final = 5.0
_TICK_SECONDS: Final = 1.0
_RECENT_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 2.0
_LAST_SECONDS: Final = 1.0
"""How long a request may take that Prefect itself still sends to a server that is gone."""

# A server that cannot be reached at all is a RuntimeError of the client.
FAILED_REQUESTS: Final = (httpx.HTTPError, PrefectException, RuntimeError)
"""What Prefect's client raises where a request was not answered as it should be."""

_gone: Final = threading.Event()
_last_answer: list[float] = []
_watched: Final = threading.Lock()


class PrefectGone(TickerhouseError):
    """The Prefect server of this run does not answer any more."""


def require_server(patience: float = _PATIENCE_SECONDS) -> None:
    """Waits until the Prefect server answers; asks it at most every few seconds.

    Args:
        patience: seconds to wait.

    Raises:
        PrefectGone: it did not; from now on nothing in this process waits for it.
    """
    last = _last_answer[-1:]
    if not is_gone() and last and time.monotonic() - last[0] < _RECENT_SECONDS:
        return
    _wait_for_answer(patience)
    if is_gone():
        raise gone_error()


def look_after_failure(patience: float = 0.0) -> None:
    """Looks for the server after a request failed; remembers it as gone where it does not answer.

    Args:
        patience: seconds to wait for it; none where Prefect's client has tried again for long enough.
    """
    _wait_for_answer(patience)
    spare_the_lost_server()


@contextmanager
def watching() -> Iterator[None]:
    """While the block runs, a server that answers no more is found out within half a minute, whatever the run waits for."""
    if not _watched.acquire(blocking=False):
        yield
        return
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_WATCH_SECONDS) and not is_gone():
            _wait_for_answer(_PATIENCE_SECONDS, ended)

    watcher = threading.Thread(target=copy_context().run, args=(watch,), name="watch over the Prefect server", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        _watched.release()


def spare_the_lost_server() -> None:
    """Lets what Prefect itself still sends for this run wait for a moment only, where the server is gone."""
    context = SyncClientContext.get()
    if is_gone() and context is not None:
        context.client._client.timeout = httpx.Timeout(_LAST_SECONDS)  # noqa: SLF001 - Prefect offers no other way


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


def _wait_for_answer(patience: float, ended: threading.Event | None = None) -> None:
    """Waits until the server answers or ``ended`` is set; remembers it as gone where it does not in that time."""
    deadline = time.monotonic() + patience
    while not is_gone():
        if _answers():
            _last_answer[:] = [time.monotonic()]
            return
        if ended is not None and ended.is_set():
            return
        if time.monotonic() >= deadline:
            _give_up()
            return
        time.sleep(_TICK_SECONDS)


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
