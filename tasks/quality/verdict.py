"""What was found about one batch of bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class QuarantinedBar:
    """One held-back bar as a person reads it; the strings exactly as received, None where the key was absent."""

    symbol: str
    session_text: str
    open_text: str | None
    high_text: str | None
    low_text: str | None
    close_text: str | None
    volume_text: str | None
    reasons: tuple[str, ...]
    capture_key: str


@dataclass(frozen=True, eq=False)
class Verdict:
    """Which bars pass, which are held back and why; whether the run may go on is decided from it (``tasks/quality/gate.py``).

    Attributes:
        run_id: the run.
        suite: the suite's name.
        rows: bars judged, repeated ones included: ``accepted + quarantined + duplicates``.
        duplicates: bars equal to another one of the batch letter for letter; left out.
        deferred: bars set apart before the batch was judged; not among ``rows``.
        accepted: rows of ``PARSED_DAILY_PRICES``.
        quarantined: rows of ``QUARANTINED_DAILY_PRICES``.
        hard_failures: violated rules that concern the batch as a whole, as sentences; each closes the gate.
        warnings: violated rules of severity warning, as sentences; they hold nothing back.
        reason_counts: bars per reason, most frequent first; a bar with two reasons counts under both.
        quarantined_by_symbol: held-back bars per symbol, most first.
        wholly_quarantined: symbols of which no bar passed.
        examples: a few held-back bars, every reason among them first.
        result: the validator's own result without row positions, as JSON takes it, with our numbers under ``meta.gate``.
        page: one self-contained HTML page.
    """

    run_id: str
    suite: str
    rows: int
    duplicates: int
    deferred: int
    accepted: pa.Table = field(repr=False)
    quarantined: pa.Table = field(repr=False)
    hard_failures: tuple[str, ...]
    warnings: tuple[str, ...]
    reason_counts: Mapping[str, int]
    quarantined_by_symbol: Mapping[str, int]
    wholly_quarantined: tuple[str, ...]
    examples: tuple[QuarantinedBar, ...] = field(repr=False)
    result: dict[str, Any] = field(repr=False, default_factory=dict)
    page: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        """Asserts that no bar was lost or counted twice."""
        assert self.rows == self.accepted.num_rows + self.quarantined.num_rows + self.duplicates, (
            f"{self.rows} bars came in, but {self.accepted.num_rows} accepted, {self.quarantined.num_rows} quarantined "
            f"and {self.duplicates} repeated ones went out"
        )

    @property
    def rate(self) -> float:
        """The share of quarantined bars among those judged, 0 to 1; 0 where there was none to judge."""
        return self.quarantined.num_rows / self.rows if self.rows else 0.0
