"""Value objects that modules exchange, so that no module needs to import another. Instants are UTC; sessions are dates, never converted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, PlainSerializer

from tasks.kept_out import KeptOut, rows_of

OutputSize = Literal["compact", "full"]


_IN_UTC = AfterValidator(lambda instant: instant.astimezone(UTC))
Instant = Annotated[AwareDatetime, _IN_UTC, PlainSerializer(datetime.isoformat, return_type=str, when_used="json")]
"""An instant, aware; where pydantic reads it from a stored document, in UTC."""


class Status(StrEnum):
    """How a run ended. The Prefect state type and the exit code follow from it alone (docs/architecture.md)."""

    COMPLETED = "Completed"
    UP_TO_DATE = "UpToDate"
    COMPLETED_WITH_WARNINGS = "CompletedWithWarnings"
    QUOTA_EXHAUSTED = "QuotaExhausted"
    GATE_CLOSED = "GateClosed"
    FAILED = "Failed"

    @property
    def exit_code(self) -> int:
        """The exit status of the command that ran it."""
        others = {Status.FAILED: 1, Status.COMPLETED_WITH_WARNINGS: 3, Status.QUOTA_EXHAUSTED: 4, Status.GATE_CLOSED: 5}
        return others.get(self, 0)

    @property
    def is_success(self) -> bool:
        """Whether the Prefect state is of type COMPLETED (otherwise FAILED)."""
        return self not in {Status.GATE_CLOSED, Status.FAILED}


class Outcome(StrEnum):
    """What became of one symbol in one run."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    SKIPPED = "skipped"


class Scope(StrEnum):
    """How far a refusal reaches. It alone decides what happens next (tasks/alpha_vantage/refusals.py)."""

    REQUEST = "request"
    SYMBOL = "symbol"
    FUNCTION = "function"
    KEY = "key"
    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    TRANSPORT = "transport"

    @property
    def stops_calls(self) -> bool:
        """Whether every further call of the run would meet the same answer."""
        return self in {Scope.FUNCTION, Scope.KEY, Scope.DAY}


@dataclass(frozen=True)
class Call:
    """One request to the API, without the key.

    Attributes:
        function: the API function, e.g. ``TIME_SERIES_DAILY``.
        symbol: the requested symbol in its canonical spelling; empty for functions that take none.
        options: the other query parameters, e.g. ``{"outputsize": "compact"}``.
        reason: why it is requested, as a person reads it before the run.
    """

    function: str
    symbol: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, without the key."""
        return {"function": self.function, **({"symbol": self.symbol} if self.symbol else {}), **self.options}


@dataclass(frozen=True)
class Answer:
    """One answer of the API that was recognised as data.

    Attributes:
        call: the call.
        body: the exact bytes of the body.
        http_status: the status line's number.
        content_type: the header's value, empty where absent.
        observed_at: when the answer had been received, UTC.
        attempts: how many requests it took, refused ones included.
    """

    call: Call
    body: bytes
    http_status: int
    content_type: str
    observed_at: datetime
    attempts: int = 1


@dataclass(frozen=True)
class Capture:
    """One stored response: the exact bytes, compressed, stored once by their sha256.

    Attributes:
        key: the S3 key under ``raw/``.
        sha256: hexadecimal digest of the uncompressed body.
        body_bytes: length of the body.
        stored_bytes: length of the stored object.
        is_new: whether this run stored it first.
    """

    key: str
    sha256: str
    body_bytes: int
    stored_bytes: int
    is_new: bool


@dataclass(frozen=True)
class Observation:
    """That a call was answered with a body at a moment; the body itself is in the capture.

    Attributes:
        call: the call, without the key.
        capture: the body's key and size.
        observed_at: UTC; "newer" always means this, never the time of loading.
        http_status: the status line's number.
        content_type: the header's value.
        attempts: how many requests it took.
        run_id: the run that sent it.
    """

    call: Call
    capture: Capture
    observed_at: datetime
    http_status: int
    content_type: str
    attempts: int
    run_id: str


@dataclass(frozen=True)
class CapturedBody:
    """A capture read back for parsing.

    Attributes:
        symbol: the requested symbol.
        key: the capture's S3 key.
        observed_at: the newest observation of this body in the run, UTC.
        body: the exact bytes.
    """

    symbol: str
    key: str
    observed_at: datetime
    body: bytes


@dataclass(frozen=True)
class RefusedCall:
    """A call that ended in a refusal, as data for summary and messages.

    Attributes:
        call: the call.
        name: the refusal's class, e.g. ``QuotaExhausted``.
        scope: how far it reaches.
        detail: the API's own words, scrubbed of the key and shortened.
        way_out: what a person does about it.
        attempts: how many requests it took.
        rejected_key: the S3 key of the scrubbed body under ``rejected/``, empty where there was no body.
    """

    call: Call
    name: str
    scope: Scope
    detail: str
    way_out: str
    attempts: int
    rejected_key: str = ""


@dataclass(frozen=True)
class SkippedCall:
    """A call that was due and was not sent.

    Attributes:
        symbol: the symbol.
        reason: why not.
        next_step: what sends it.
    """

    symbol: str
    reason: str
    next_step: str


@dataclass(frozen=True)
class Extraction:
    """The results of the calls of a plan.

    Attributes:
        observations: one for every call that was answered with data.
        refused: the calls that ended in a refusal.
        skipped: the calls that were not sent, because a refusal stopped them.
        sent: requests sent, refused ones and repeats included.
        shortened: symbols whose whole history is refused to a key that was given it before; the latest sessions came in its place.
        shortened_by: that refusal, or None.
        warnings: what a person should know of stored answers, a sentence each.
    """

    observations: tuple[Observation, ...] = ()
    refused: tuple[RefusedCall, ...] = ()
    skipped: tuple[SkippedCall, ...] = ()
    sent: int = 0
    shortened: tuple[str, ...] = ()
    shortened_by: RefusedCall | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What to request, in order, and what was skipped.

    Attributes:
        calls: the calls, first to be sent first.
        held: symbols whose due session is held already.
        skipped: calls that are due and do not fit into the day.
        due_session: the newest session that is final at ``as_of``, per symbol.
        budget_left: calls left today before the plan, or None where the plan profile has no daily limit.
        gaps: per symbol, the oldest and the newest session that are missing and that this plan does not bring.
    """

    calls: tuple[Call, ...]
    held: tuple[str, ...]
    skipped: tuple[SkippedCall, ...]
    due_session: Mapping[str, date]
    budget_left: int | None
    gaps: Mapping[str, tuple[date, date]] = field(default_factory=dict)


SessionRange = tuple[date, date]
"""The first and the last session of a range."""


@dataclass(frozen=True)
class SymbolCoverage:
    """What we hold of one symbol in one dataset.

    Attributes:
        first_session: the oldest session held.
        last_session: the newest session held, quarantined sessions included.
        observed_at: the newest observation.
        full_history_at: when the whole history was last read, or None.
        captures: sha256 of a body to the key of its capture: the symbol's most recent distinct captures, newest last
            (``tasks.lake.captures.remember`` bounds them), so that an unchanged or returning body costs no new object.
        gaps: the first and the last session of every hole between the two, oldest first; none once the whole history was read.
    """

    first_session: date
    last_session: date
    observed_at: Instant
    full_history_at: Instant | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[SessionRange, ...] = ()

    @property
    def gap(self) -> SessionRange | None:
        """The range that spans all holes, or None."""
        return (self.gaps[0][0], self.gaps[-1][1]) if self.gaps else None

    @property
    def ranges(self) -> tuple[SessionRange, ...]:
        """What was answered, as ranges of days, oldest first; a range ends on the day before a hole."""
        day = timedelta(days=1)
        starts = [self.first_session, *(last + day for _, last in self.gaps)]
        ends = [*(first - day for first, _ in self.gaps), self.last_session]
        return tuple(zip(starts, ends, strict=True))

    def holds(self, session: date) -> bool:
        """Whether a session was answered."""
        return any(first <= session <= last for first, last in self.ranges)


@dataclass(frozen=True)
class CuratedFile:
    """The curated file of one run and dataset; a manifest vouches for it once its rows were reconciled.

    Attributes:
        file_uri: ``s3://`` address of the Parquet file; of the first, where there are several.
        file_sha256: hexadecimal digest of the file; of the digests of all, one after the other, where there are several.
        file_bytes: its size.
        rows: its rows.
        dataset: the dataset's name.
        run_id: the run that wrote it.
        parts: the files, where there are several; else empty.
    """

    file_uri: str
    file_sha256: str
    file_bytes: int
    rows: int
    dataset: str
    run_id: str
    parts: "tuple[CuratedFile, ...]" = field(default=(), kw_only=True)

    @property
    def files(self) -> "tuple[CuratedFile, ...]":
        """Every file."""
        return self.parts or (self,)


@dataclass(frozen=True)
class Manifest(CuratedFile):
    """A curated file together with the manifest that vouches for it, as the load needs them.

    Attributes:
        uri: ``s3://`` address of the manifest that COPY reads.
        sha256: hexadecimal digest of the manifest's bytes; the identity of the load.
    """

    uri: str
    sha256: str


@dataclass(frozen=True)
class LoadResult:
    """What one load did to its table.

    Attributes:
        staged: rows copied into the stage.
        new: bars the table did not have.
        changed: bars whose values differed; their former values are in the revision table.
        unchanged: bars equal to what the table has, or older than it.
        touched: per symbol, how many bars were new or changed; symbols with none are absent.
        warnings: the table's own checks that did not hold and only warn, as sentences.
        kept_out: the symbols of which nothing was loaded: the answer is of another series, or the warehouse does not take their rows.
        newest_held: per symbol the newest session that the table held before, where it compares series.
        restated: per symbol, how many of the touched bars were changed; symbols with none are absent.
        years: those that the touched rows of each symbol span; none where the table has no date, or they are not known.
    """

    staged: int
    new: int
    changed: int
    unchanged: int
    touched: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    kept_out: tuple[KeptOut, ...] = ()
    newest_held: Mapping[str, date] = field(default_factory=dict)
    restated: Mapping[str, int] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    @property
    def rows_kept_out(self) -> int:
        """Rows kept out of the table."""
        return rows_of(self.kept_out)
