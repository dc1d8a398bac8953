"""Shows the progress of the extraction as a bar in the Prefect UI."""

import logging
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from tasks.orchestration.prefect_server import is_gone, look_after_failure
from tasks.wording import counted

logger = logging.getLogger("tickerhouse.step.extract")


class ExtractionProgress:
    """The bar of one run; a server that does not take it costs the run nothing.

    Args:
        total: how many calls the run has.
        key: the key of the artifact.
    """

    def __init__(self, total: int, key: str) -> None:
        self._total = total
        self._key = key
        self._artifact: UUID | None = None
        if flow_run.id is not None and total:
            self._write(0)

    def reached(self, done: int) -> None:
        """Says that so many calls have come to an end."""
        if self._artifact is not None:
            self._write(done)

    def _write(self, done: int) -> None:
        if is_gone():
            return
        percent, words = 100.0 * done / self._total, f"{done} of {counted(self._total, 'call')}"
        try:
            if self._artifact is None:
                made = create_progress_artifact(percent, key=self._key, description=words)
                self._artifact = made if isinstance(made, UUID) else None
            else:
                update_progress_artifact(self._artifact, progress=percent, description=words)
        except (httpx.HTTPError, PrefectException) as error:
            logger.warning("progress could not be updated (%s)", type(error).__name__)
            self._artifact = None
            look_after_failure()
