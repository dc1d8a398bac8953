"""Collects the results of every step of a run, so that one summary follows from them whatever happened."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tasks.datasets import Dataset
from tasks.errors import TickerhouseError
from tasks.orchestration.planners import PlanResult
from tasks.orchestration.prefect_server import gone_error, is_gone
from tasks.orchestration.run import Run
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.records import Extraction, LoadResult, Status
from tasks.results.dataset_result import DatasetResult, Quarantined
from tasks.summary.run_summary import ErrorSummary

logger = logging.getLogger("tickerhouse.run")


class GateClosed(TickerhouseError):
    """The verdict does not let the run go on; what it is about was not loaded, and everything is kept."""


class NothingToDo(TickerhouseError):
    """There is nothing more to do in this run; no fault."""


@dataclass
class RunResults:
    """The results of the steps; a step that was not reached has left nothing.

    Attributes:
        run: the run.
        datasets: what it loads, in this order.
        optional: those of them whose failure is a warning and not the run's end.
        planned: the plan.
        extraction: the answers, and the refusals.
        by_dataset: by name, the results of every dataset that was answered.
        quarantined: how many of the quarantined rows are new.
        warnings: what a person should know of the warehouse itself.
        status: how the run ends where that does not follow from the symbols' outcomes: it failed, or the gate closed.
        error: what failed or closed it.
    """

    run: Run
    datasets: Sequence[Dataset]
    optional: Sequence[Dataset] = ()
    planned: PlanResult | None = None
    extraction: Extraction = field(default_factory=Extraction)
    by_dataset: dict[str, DatasetResult] = field(default_factory=dict)
    quarantined: Quarantined = field(default_factory=Quarantined)
    warnings: tuple[str, ...] = ()
    status: Status | None = None
    error: ErrorSummary | None = None

    @property
    def required(self) -> list[DatasetResult]:
        """The results of the datasets that decide how the run ends."""
        optional = {dataset.name for dataset in self.optional}
        return [result for name, result in self.by_dataset.items() if name not in optional]

    @property
    def required_functions(self) -> frozenset[str]:
        """The functions that those datasets request."""
        return frozenset(function for dataset in self.datasets if dataset not in self.optional for function in dataset.functions)

    @property
    def verdicts(self) -> list[tuple[Verdict, ValidationTarget]]:
        """Every verdict, with what it is about."""
        return [(result.verdict, result.dataset.checks) for result in self.by_dataset.values() if result.verdict]

    @property
    def loaded_into_the_lake(self) -> dict[str, LoadResult]:
        """What the loads of the datasets did that have current files, by dataset."""
        results = self.by_dataset.items()
        return {name: result.loaded for name, result in results if result.loaded and result.dataset.has_current_files}

    def answered(self) -> Iterator[DatasetResult]:
        """The datasets with an answer, in order; their results begin here."""
        for dataset in self.datasets:
            own = tuple(observation for observation in self.extraction.observations if observation.call.function == dataset.function)
            if own:
                self.by_dataset[dataset.name] = DatasetResult(dataset, own)
                yield self.by_dataset[dataset.name]

    def to_load(self) -> list[DatasetResult]:
        """The results whose gate is open, and of which a row was accepted."""
        return [result for result in self.by_dataset.values() if result.may_load]

    @contextmanager
    def keep_failure(self, result: DatasetResult) -> Iterator[None]:
        """Keeps what breaks one dataset in its result, so that the others of the run go on."""
        try:
            yield
        except TickerhouseError as error:
            logger.warning("%s was not loaded: %s", result.dataset.name, error)
            result.failure, result.failed_step = error, self.run.stopwatch.step
        except Exception as error:
            logger.exception("%s broke in step %s", result.dataset.name, self.run.stopwatch.step)
            result.failure, result.failed_step = defect_of(error), self.run.stopwatch.step

    def raise_if_incomplete(self) -> None:
        """Ends a run of which a required dataset was not loaded, after all others had their turn.

        Raises:
            TickerhouseError: what broke the first of them.
            GateClosed: with every reason of every dataset.
        """
        for result in self.required:
            if result.failure:
                self.run.stopwatch.step = result.failed_step
                raise result.failure
        closed = [result for result in self.required if result.is_gate_closed]
        if not closed:
            return
        names = ", ".join(result.dataset.name for result in closed)
        reasons = [reason for result in closed for reason in self.named(result, result.gate_reasons)]
        pages = [result.page_uri for result in closed]
        rest = "and everything else was" if len(closed) < len(self.required) else "everything is kept"
        raise GateClosed(
            " ".join(reasons), f"Nothing of {names} was loaded, {rest}; see {', '.join(pages)}.", {"reasons": reasons, "page": pages[0]}
        )

    def named(self, result: DatasetResult, sentences: Sequence[str]) -> list[str]:
        """Sentences about one dataset, led by its name where the run is about several."""
        return [f"{result.dataset.name}: {sentence}" for sentence in sentences] if len(self.required) > 1 else list(sentences)


@contextmanager
def collect_results(run: Run, datasets: Sequence[Dataset], optional: Sequence[Dataset] = ()) -> Iterator[RunResults]:
    """Collects what the steps give, and catches what breaks them: every run ends in a summary, and its state follows from that.

    Args:
        run: the run; its stopwatch knows which step broke.
        datasets: what the run loads.
        optional: those whose failure is a warning.
    """
    results = RunResults(run, datasets, optional)
    try:
        yield results
    except NothingToDo as end:
        logger.info("%s", end)
    except GateClosed as closed:
        results.status = Status.GATE_CLOSED
        results.error = ErrorSummary(name="GateClosed", fact=closed.fact, way_out=closed.way_out, step="gate")
    except TickerhouseError as error:
        _end_failed(results, error)
    except Exception as error:
        if is_gone():
            # Prefect's client ends a request in many ways once nothing is tried again.
            _end_failed(results, gone_error())
            return
        logger.exception("the run broke in step %s", run.stopwatch.step or "start")
        defect = defect_of(error)
        results.status = Status.FAILED
        results.error = ErrorSummary(name=type(error).__name__, fact=defect.fact, way_out=defect.way_out, step=run.stopwatch.step)


def _end_failed(results: RunResults, error: TickerhouseError) -> None:
    results.status = Status.FAILED
    name = str(error.evidence.get("error", type(error).__name__))
    results.error = ErrorSummary(name=name, fact=error.fact, way_out=error.way_out, step=results.run.stopwatch.step)
    # The fact and the way out; a traceback would bury them.
    logger.error("%s", error)


class Defect(TickerhouseError):
    """A fault of Tickerhouse itself; the traceback is in the run's log."""


def defect_of(error: Exception) -> Defect:
    """What an unexpected error is for people; its traceback belongs into the log."""
    name = type(error).__name__
    return Defect(
        f"A fault of Tickerhouse itself ({name}); the run's log has the traceback.", "What was stored is kept; run again.", {"error": name}
    )


def has_nothing_to_fetch(planned: PlanResult) -> bool:
    """Whether the plan has no call, and no stored answers wait to be loaded."""
    return not planned.plan.calls and not planned.stored.observations


def end_if_nothing_to_fetch(planned: PlanResult) -> None:
    """Ends a run whose plan is empty before anything is fetched or validated, unless stored answers of an earlier run wait.

    Raises:
        NothingToDo: the plan has no call, and nothing waits.
    """
    if has_nothing_to_fetch(planned):
        raise NothingToDo("Nothing to fetch.")


def end_if_nothing_answered(extraction: Extraction) -> None:
    """Ends a run of which every call was refused; the refusals say how.

    Raises:
        NothingToDo: no call was answered with data.
    """
    if not extraction.observations:
        raise NothingToDo("No call was answered with data.")
