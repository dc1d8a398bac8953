"""The verdict: the result of validating one batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.quality.great_expectations import Findings


@dataclass(frozen=True)
class QuarantinedBar:
    """One quarantined row as a person reads it.

    Attributes:
        symbol: as received.
        session_text: the session, or the date of an event, as received.
        values: the other strings exactly as received, by name; None where the key was absent.
        reasons: why it was quarantined.
        capture_key: the S3 key of the response it was read from.
    """

    symbol: str
    session_text: str
    values: Mapping[str, str | None] = field(hash=False)
    reasons: tuple[str, ...]
    capture_key: str


@dataclass(frozen=True)
class Gate:
    """The decision and its grounds.

    Attributes:
        is_open: whether the accepted bars may be loaded.
        reasons: why it is closed, as sentences; empty where it is open.
        warnings: what must be named although it does not close the gate: symbols of which no bar passed.
    """

    is_open: bool
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Verdict:
    """Which bars pass, which are quarantined and why, and whether the run may go on.

    Attributes:
        run_id: the run.
        suite: the suite's name.
        rows: bars validated, repeated ones included: ``accepted + quarantined + duplicates``.
        duplicates: bars equal to another one of the batch character for character; skipped.
        deferred: bars set apart before the batch was validated; not among ``rows``.
        table: all rows, as the parser gave them.
        passes: which of them are accepted; None where all are. Accepted rows are the larger part of the input, so nothing copies them
            before somebody needs them.
        quarantined: rows of the ``quarantined`` schema of the validation target.
        hard_failures: violated rules that concern the batch as a whole, as sentences; each closes the gate.
        warnings: violated rules of severity warning, as sentences; they quarantine nothing.
        reason_counts: bars per reason, most frequent first; a bar with two reasons counts under both.
        quarantined_by_symbol: quarantined bars per symbol, most first.
        wholly_quarantined: symbols of which no bar passed.
        harmless: quarantined rows of which a reason is harmless, e.g. a dividend of 0: they do not count towards the gate's share.
        examples: a few quarantined bars, every reason among them first.
        result: the validator's own result without row positions, as JSON takes it, with our numbers under ``meta.gate``.
        page: one self-contained HTML page.
        gate: whether the accepted bars may be loaded, as ``tasks/quality/gate.py`` decides; closed until it has.
        repeated: the positions of the rows that an equal one stands for.
        findings: what every rule found, for who puts the verdicts of several shards together; None where nobody may.
    """

    run_id: str
    suite: str
    rows: int
    duplicates: int
    deferred: int
    table: pa.Table = field(repr=False)
    passes: npt.NDArray[np.bool_] | None = field(repr=False)
    quarantined: pa.Table = field(repr=False)
    hard_failures: tuple[str, ...]
    warnings: tuple[str, ...]
    reason_counts: Mapping[str, int]
    quarantined_by_symbol: Mapping[str, int]
    wholly_quarantined: tuple[str, ...]
    examples: tuple[QuarantinedBar, ...] = field(repr=False)
    result: dict[str, Any] = field(repr=False, default_factory=dict)
    page: str = field(repr=False, default="")
    harmless: int = 0
    gate: Gate = Gate(is_open=False, reasons=("The gate was not decided.",))
    repeated: npt.NDArray[np.int64] = field(repr=False, default_factory=lambda: np.empty(0, dtype=np.int64))
    findings: Findings | None = field(repr=False, default=None)

    def __post_init__(self) -> None:
        """Asserts that no bar was lost or counted twice."""
        assert self.rows == self.table.num_rows, f"{self.table.num_rows} rows were validated and {self.rows} counted"
        assert self.rows == self.accepted_rows + self.quarantined.num_rows + self.duplicates, (
            f"{self.rows} bars came in, but {self.accepted_rows} accepted, {self.quarantined.num_rows} quarantined "
            f"and {self.duplicates} repeated ones went out"
        )

    @property
    def accepted_rows(self) -> int:
        """How many rows are accepted."""
        return self.table.num_rows if self.passes is None else int(np.count_nonzero(self.passes))

    @property
    def accepted(self) -> pa.Table:
        """The accepted rows, all columns: a copy, unless all were accepted."""
        return self.accepted_columns(*self.table.column_names)

    def accepted_columns(self, *names: str) -> pa.Table:
        """Some columns of the accepted rows, which alone are copied."""
        wanted = self.table.select(list(names))
        return wanted if self.passes is None else wanted.filter(pa.array(self.passes))

    @property
    def counted(self) -> int:
        """How many quarantined bars the gate counts: all but the harmless ones."""
        return self.quarantined.num_rows - self.harmless

    @property
    def rate(self) -> float:
        """The share of the bars validated that the gate counts, 0 to 1; 0 where there was none."""
        return self.counted / self.rows if self.rows else 0.0
