"""All kinds of a run, one after another: what stops one is told when the others have had their turn."""

from collections.abc import Sequence

from tasks.bring_in import bring_in
from tasks.errors import TickerhouseError
from tasks.orchestration.run import Run
from tasks.orchestration.step import step_logger
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.reference import KINDS
from tasks.results.run_results import Story
from tasks.schema import ADJUSTED_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS
from tasks.validate import GateClosed

EVENTS = (SPLITS.name, DIVIDENDS.name)
CORPORATE_ACTIONS = (*EVENTS, ADJUSTED_PRICES.name)
LISTED = (LISTINGS.name,)
QUOTED = (QUOTES.name,)

logger = step_logger("reference")


def bring_in_kinds(run: Run, story: Story, names: Sequence[str]) -> None:
    """Brings in every kind that was answered; faults are kept in the story.

    Args:
        run: the run.
        story: with plan and extraction; takes what was brought.
        names: of ``KINDS``, in the order they are loaded.
    """
    assert story.planned is not None, "a run brings in what it planned"
    answered = {observation.call.function for observation in story.extraction.observations}
    for kind in (KINDS[name] for name in names):
        if kind.dataset.function not in answered:
            continue
        try:
            story.brought.append(bring_in(run, kind, story.planned, story.extraction.observations))
        except TickerhouseError as fault:
            logger.warning("%s was not brought in: %s", kind.dataset.name, fault)
            story.faults[kind.dataset.name] = fault


def held_back(story: Story) -> list[tuple[Verdict, ValidationTarget]]:
    """The verdicts of the kinds, each with what it is about."""
    return [(brought.verdict, brought.kind.judged) for brought in story.brought if brought.verdict]


def pass_gates(story: Story) -> None:
    """Ends a run of which a kind was not loaded; the others were.

    Raises:
        TickerhouseError: the first fault of a kind.
        GateClosed: with every reason of every kind.
    """
    for fault in story.faults.values():
        raise fault
    closed = [brought for brought in story.brought if not brought.gate.is_open]
    if closed:
        names = ", ".join(brought.kind.dataset.name for brought in closed)
        reasons = [f"{brought.kind.dataset.name}: {reason}" for brought in closed for reason in brought.gate.reasons]
        pages = [brought.page_uri for brought in closed]
        raise GateClosed(
            " ".join(reasons),
            f"Nothing of {names} was loaded, and everything else was; see {', '.join(pages)}.",
            {"reasons": reasons, "page": pages[0]},
        )
