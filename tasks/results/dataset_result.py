"""The results of one dataset in one run, from its responses to its table."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from tasks.datasets import Dataset
from tasks.errors import TickerhouseError
from tasks.quality.validated_part import ValidatedPart
from tasks.quality.verdict import Gate, Verdict
from tasks.records import CuratedFile, LoadResult, Manifest, Observation
from tasks.results.row_counts import RowCountCheck
from tasks.sessions import SessionClock


@dataclass(frozen=True)
class SetAsideCapture:
    """A capture of which nothing is loaded, because it cannot be read or its rows do not add up.

    Attributes:
        symbol: whose answer it is; empty for the list of all symbols.
        capture_key: where it is kept.
        reason: what is wrong with it.
    """

    symbol: str
    capture_key: str
    reason: str

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.symbol or 'The list of all symbols'} was set aside: {self.reason} Its capture is kept: {self.capture_key}."


@dataclass(frozen=True)
class ParsedRows:
    """The rows of the answers of one dataset.

    Attributes:
        final: rows to be validated.
        deferred: the same, of sessions that were not final.
        clock: the moment of the run, and the exchange of every symbol.
        observations: the answers they came from; what was set aside is not among them.
        counted: per capture, its rows counted in its bytes, without the parser.
        warnings: columns that the endpoint did not have before, for the summary.
        set_aside: the captures of which no row is here.
    """

    final: pa.Table
    deferred: pa.Table
    clock: SessionClock
    observations: tuple[Observation, ...]
    counted: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    set_aside: tuple[SetAsideCapture, ...] = ()

    @property
    def rows(self) -> int:
        """All rows that were parsed."""
        return self.final.num_rows + self.deferred.num_rows


@dataclass(frozen=True, eq=False)
class ShardResult:
    """What a shard gave.

    Attributes:
        shard: its number.
        parsed: the rows of its answers.
        part: what was found among them; None where there was no row to validate.
        curated_key: where its curated rows lie, as a Parquet file; empty where no row was accepted.
        curated_sha256: the file's digest.
        curated_rows: its rows.
    """

    shard: int
    parsed: ParsedRows
    part: ValidatedPart | None
    curated_key: str
    curated_sha256: str
    curated_rows: int


@dataclass(frozen=True)
class ValidationOutcome:
    """A verdict and where it is kept.

    Attributes:
        verdict: what was found.
        gate: whether the rows may be loaded.
        page_uri: the verdict page.
        result_uri: the validator's result as JSON.
        quarantine_uri: the quarantined rows as Parquet, empty where there are none.
    """

    verdict: Verdict
    gate: Gate
    page_uri: str
    result_uri: str
    quarantine_uri: str


@dataclass(frozen=True)
class Quarantined:
    """What became of the quarantined rows of a run.

    Attributes:
        new: rows quarantined for the first time.
        known: rows that were quarantined before with the same strings and for the same reasons, released or not; they are reported once.
    """

    new: int = 0
    known: int = 0

    def __add__(self, other: "Quarantined") -> "Quarantined":
        """Both together."""
        return Quarantined(self.new + other.new, self.known + other.known)


@dataclass
class DatasetResult:
    """What became of one dataset in one run; a step that was not reached has left None.

    Attributes:
        dataset: the dataset.
        observations: the answers it came from.
        parsed: their rows.
        validation: the verdict; None also where there was no row to validate.
        curated: the curated file.
        manifest: its manifest; None also where no row was accepted.
        row_counts: that no row was lost between two layers.
        loaded: what the load did.
        failure: what broke it.
        failed_step: the step that broke.
        shards: what made its rows, where the run was cut.
    """

    dataset: Dataset
    observations: tuple[Observation, ...]
    parsed: ParsedRows | None = None
    validation: ValidationOutcome | None = None
    curated: CuratedFile | None = None
    manifest: Manifest | None = None
    row_counts: tuple[RowCountCheck, ...] = ()
    loaded: LoadResult | None = None
    failure: TickerhouseError | None = None
    failed_step: str = ""
    shards: tuple[ShardResult, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, or None."""
        return self.validation.verdict if self.validation else None

    @property
    def is_gate_closed(self) -> bool:
        """Whether the verdict does not let its rows be loaded."""
        return self.validation is not None and not self.validation.gate.is_open

    @property
    def gate_reasons(self) -> tuple[str, ...]:
        """Why not."""
        return self.validation.gate.reasons if self.validation else ()

    @property
    def may_load(self) -> bool:
        """Whether there are rows to load."""
        return self.failure is None and not self.is_gate_closed and self.verdict is not None and self.verdict.accepted_rows > 0

    @property
    def is_done(self) -> bool:
        """Whether it came to its end, so that its answers need not be fetched again."""
        return (
            self.failure is None and self.parsed is not None and not self.is_gate_closed and (self.loaded is not None or not self.may_load)
        )

    @property
    def page_uri(self) -> str:
        """The verdict page, empty where there was nothing to validate."""
        return self.validation.page_uri if self.validation else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it."""
        return (
            *(self.parsed.warnings if self.parsed else ()),
            *(each.sentence for each in (self.parsed.set_aside if self.parsed else ())),
            *(self.verdict.warnings if self.verdict else ()),
            *(self.validation.gate.warnings if self.validation else ()),
            *(self.loaded.warnings if self.loaded else ()),
            *(each.sentence for each in (self.loaded.kept_out if self.loaded else ())),
        )
