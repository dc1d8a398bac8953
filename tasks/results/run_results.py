"""What the steps of one run found, kept as they end, so that one summary can be told whatever happened."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from tasks.bring_in import Brought
from tasks.curate import Curation
from tasks.errors import TickerhouseError
from tasks.orchestration.run import Run
from tasks.parse import Parsing
from tasks.plan import PlanResult
from tasks.quarantine import Quarantine
from tasks.reconcile import RowCountCheck
from tasks.records import Extraction, LoadResult, Scope, Status
from tasks.schema import DAILY_PRICES
from tasks.summary.run_summary import ErrorSummary
from tasks.validate import GateClosed, Judgement

logger = logging.getLogger("tickerhouse.run")

_FOR_ALL: Final = frozenset({Scope.KEY, Scope.DAY})


class RunEnds(TickerhouseError):
    """There is nothing more to do in this run; no fault."""


@dataclass
class Story:
    """The results of the steps; a step that was not reached has left None.

    Attributes:
        planned: the plan.
        extraction: what the calls brought.
        parsing: the bars.
        judgement: the verdict.
        quarantine: which of the held-back bars are new.
        curation: the curated file.
        layers: that no row was lost up to the curated file.
        loaded: what the load did.
        brought: what became of every kind beside daily prices.
        faults: by the name of a kind, what kept it from being brought in.
        status: how the run ends where that is not for the symbols' outcomes to say: broken, or stopped at the gate.
        error: what broke or stopped it.
    """

    planned: PlanResult | None = None
    extraction: Extraction = field(default_factory=Extraction)
    parsing: Parsing | None = None
    judgement: Judgement | None = None
    quarantine: Quarantine | None = None
    curation: Curation | None = None
    layers: tuple[RowCountCheck, ...] = ()
    loaded: LoadResult | None = None
    brought: list[Brought] = field(default_factory=list)
    faults: dict[str, TickerhouseError] = field(default_factory=dict)
    status: Status | None = None
    error: ErrorSummary | None = None

    @property
    def bars(self) -> Extraction:
        """What the calls for daily prices brought; the others of the run are about events."""
        own = DAILY_PRICES.function
        return replace(
            self.extraction,
            observations=tuple(each for each in self.extraction.observations if each.call.function == own),
            refused=tuple(each for each in self.extraction.refused if each.call.function == own or each.scope in _FOR_ALL),
        )


@contextmanager
def tell(run: Run) -> Iterator[Story]:
    """Keeps what the steps find, and catches what breaks them: every run ends in a summary, and its state is made of that.

    Args:
        run: the run; its stopwatch knows which step broke.
    """
    story = Story()
    try:
        yield story
    except RunEnds as end:
        logger.info("%s", end)
    except GateClosed as closed:
        story.status = Status.GATE_CLOSED
        story.error = ErrorSummary(name="GateClosed", fact=closed.fact, way_out=closed.way_out, step="gate")
    except TickerhouseError as error:
        story.status = Status.FAILED
        story.error = ErrorSummary(name=type(error).__name__, fact=error.fact, way_out=error.way_out, step=run.stopwatch.step)
        logger.error("%s", error)  # noqa: TRY400 - the fact and the way out; a traceback would bury them
    except Exception as error:
        # A fault of ours: the traceback belongs into the run's log, the summary says only what it was.
        story.status = Status.FAILED
        fact = f"A fault of Tickerhouse itself ({type(error).__name__}); the run's log has the traceback."
        story.error = ErrorSummary(name=type(error).__name__, fact=fact, way_out="What landed is kept; run again.", step=run.stopwatch.step)
        logger.exception("the run broke in step %s", run.stopwatch.step or "start")


def end_if_nothing_to_ask(planned: PlanResult) -> None:
    """Ends a run whose plan is empty before anything is fetched or judged.

    Raises:
        RunEnds: the plan has no call.
    """
    if not planned.plan.calls:
        raise RunEnds("There is nothing to ask.")


def end_if_nothing_landed(extraction: Extraction) -> None:
    """Ends a run of which every call was refused; the refusals say how.

    Raises:
        RunEnds: no call was answered with data.
    """
    if not extraction.observations:
        raise RunEnds("No call was answered with data.")
