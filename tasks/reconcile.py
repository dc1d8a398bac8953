"""Step 5, second half: no row is lost or made up between two layers, before anything is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.curate import Curation
from tasks.errors import TickerhouseError
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.parse import Parsing
from tasks.quality.columns import codes, day_numbers
from tasks.quality.verdict import Verdict
from tasks.records import LoadResult


class RowCountMismatch(TickerhouseError):
    """Two layers disagree about how many rows there are; nothing was loaded. A fault of ours, not of the data."""


@dataclass(frozen=True)
class RowCountCheck:
    """One equation between two layers.

    Attributes:
        claim: what must be equal, in words.
        left: the rows on its left.
        right: the rows on its right, counted another way.
    """

    claim: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether no row was lost or made up."""
        return self.left == self.right


@step("reconcile")
def reconcile(run: Run, parsing: Parsing, verdict: Verdict, curation: Curation) -> tuple[RowCountCheck, ...]:
    """Compares the layers up to the curated file; the load compares the rest before its COMMIT.

    Raises:
        RowCountMismatch: naming every equation that does not hold.
    """
    del run
    layers = layers_before_load(parsing, verdict, curation)
    refuse_broken(layers)
    return layers


def layers_before_load(parsing: Parsing, verdict: Verdict, curation: Curation) -> tuple[RowCountCheck, ...]:
    """The equations from the bytes of the captures to the curated file."""
    shares = parsing.deferred.num_rows + verdict.duplicates + verdict.accepted_rows + verdict.quarantined.num_rows
    return (
        RowCountCheck("rows counted in the captures = parsed", parsing.counted, parsing.rows),
        RowCountCheck("parsed = deferred + duplicates + accepted + quarantined", parsing.rows, shares),
        RowCountCheck("different bars accepted = curated", _different_bars(verdict), curation.rows),
    )


def refuse_broken(layers: Sequence[RowCountCheck]) -> None:
    """Raises RowCountMismatch where an equation does not hold."""
    broken = [layer for layer in layers if not layer.holds]
    if broken:
        raise RowCountMismatch(
            "; ".join(f"{layer.claim}: {layer.left:,} is not {layer.right:,}" for layer in broken) + ".",
            "Nothing was loaded and everything is kept; this is a fault of Tickerhouse.",
            {layer.claim: (layer.left, layer.right) for layer in broken},
        )


def layers_of_load(curation: Curation, loaded: LoadResult) -> tuple[RowCountCheck, ...]:
    """The equations of the load, which its transaction has held to already."""
    return (
        RowCountCheck("curated = staged", curation.rows, loaded.staged),
        RowCountCheck("staged = new + changed + unchanged", loaded.staged, loaded.new + loaded.changed + loaded.unchanged),
    )


def _different_bars(verdict: Verdict) -> int:
    accepted = verdict.accepted_columns("symbol", "session_date")
    code, symbols = codes(accepted.column("symbol"))
    return len(np.unique(day_numbers(accepted.column("session_date")) * (len(symbols) + 1) + code))
