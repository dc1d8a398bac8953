"""The RunSummary: one object from which text, artifacts, events, reports, state and exit code are made.

Its JSON schema is ``docs/run_summary.schema.json``; instants are UTC, sizes bytes, durations seconds.
"""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.records import Outcome, Scope, Status

Count = Annotated[int, Field(ge=0)]
SecondsTaken = Annotated[float, Field(ge=0)]

_OUTCOMES_BEFORE: Final = {"landed": "loaded", "not_asked": "skipped"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SymbolSummary(_Part):
    """What became of one symbol, and what a person does about it."""

    symbol: str
    outcome: Outcome
    reason: str = ""
    next_step: str = ""
    bars_loaded: Count = 0
    bars_quarantined: Count = 0
    is_due_session_missing: bool = False


class RefusalSummary(_Part):
    """A call that ended in a refusal."""

    symbol: str
    function: str
    name: str
    scope: Scope
    detail: str
    way_out: str
    attempts: Count
    rejected_uri: str = ""


class CallSummary(_Part):
    """How much of the budget the run used."""

    planned: Count = 0
    answered: Count = 0
    refused: Count = 0
    sent: Count = 0
    left_today: Count | None = None


class RowSummary(_Part):
    """Rows at every step.

    ``parsed = deferred + duplicates + accepted + quarantined`` and ``staged = new + changed + unchanged + kept_out``; what was kept out
    would have replaced whole series, and is quarantined.
    """

    parsed: Count = 0
    deferred: Count = 0
    duplicates: Count = 0
    accepted: Count = 0
    quarantined: Count = 0
    curated: Count = 0
    staged: Count = 0
    new: Count = 0
    changed: Count = 0
    unchanged: Count = 0
    kept_out: Count = 0


class QuarantinedExample(_Part):
    """A quarantined bar in its original strings, with every reason it was quarantined for."""

    symbol: str
    session: str
    reasons: tuple[str, ...]
    values: dict[str, str | None]
    capture_key: str


class QuarantineSummary(_Part):
    """What was quarantined and why; a row is known when it was quarantined before with the same strings and for the same reasons."""

    rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    limit: Annotated[float, Field(ge=0, le=1)]
    least_rows: Count = 0
    reasons: dict[str, Count] = {}
    examples: tuple[QuarantinedExample, ...] = ()
    new: Count = 0
    known: Count = 0
    wholly_quarantined: tuple[str, ...] = ()


class GateSummary(_Part):
    """Whether the run could go on to its load, and the sentences that say why not, or what must be looked at all the same."""

    is_open: bool
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class LayerSummary(_Part):
    """One equation between the rows of two layers, counted in two ways."""

    claim: str
    left: int
    right: int
    holds: bool


class ByteSummary(_Part):
    """Sizes of what was received and of what was made of it."""

    raw: Count = 0
    raw_stored: Count = 0
    curated: Count = 0

    @property
    def ratio(self) -> float | None:
        """How many bytes of the API's answers one curated byte stands for."""
        return self.raw / self.curated if self.curated else None


class ErrorSummary(_Part):
    """What broke the run, without a traceback."""

    name: str
    fact: str
    way_out: str = ""
    step: str = ""


class DatasetSummary(_Part):
    """What a run loaded of one dataset; ``error`` says what kept it from being loaded."""

    name: str
    table: str
    rows: RowSummary
    is_gate_open: bool = True
    error: str = ""
    page: str = ""
    curated: str = ""
    curated_bytes: Count = 0


class ShortenedSummary(_Part):
    """Symbols whose whole history is refused to a key that was given it before; the latest sessions came in its place."""

    function: str
    detail: str
    way_out: str
    symbols: tuple[str, ...]


class PlaceSummary(_Part):
    """Where things are; ``s3://`` addresses, a table's name, and the run in the Prefect UI."""

    raw: str = ""
    quarantine: str = ""
    page: str = ""
    result: str = ""
    curated: str = ""
    manifest: str = ""
    table: str = ""
    summary: str = ""
    flow_run: str = ""


class RunSummary(_Part):
    """How one run went.

    Attributes:
        run_id: ``YYYYMMDDTHHMMSSZ-xxxxxxxx``.
        as_of: the moment the run speaks for.
        due_session: the newest session that is final at ``as_of``.
        symbols: every symbol that was due, in the order of the watchlist.
        shortened: whole histories that the key's plan no longer has.
        restated: bars of the required datasets whose values changed, by symbol, most first; at most twenty symbols.
        held: symbols that were not requested because all that is due is held.
        symbol_count: how many symbols the watchlist has.
        seconds_per_step: wall time, by step.
        datasets: its datasets, in the order of loading; ``rows``, ``quarantine`` and ``gate`` are those of the required ones together.
        metrics: what is watched from run to run, as ``tasks/orchestration/metrics.py`` names it.
    """

    schema_version: Literal[2] = 2
    run_id: str
    flow: str
    environment: str
    source: str
    plan: str
    status: Status
    exit_code: int
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    due_session: date | None = None
    first_session: date | None = None
    last_session: date | None = None
    symbol_count: Count = 0
    held: Count = 0
    symbols: tuple[SymbolSummary, ...] = ()
    refusals: tuple[RefusalSummary, ...] = ()
    shortened: ShortenedSummary | None = None
    restated: dict[str, Count] = {}
    calls: CallSummary = CallSummary()
    rows: RowSummary = RowSummary()
    quarantine: QuarantineSummary
    gate: GateSummary | None = None
    layers: tuple[LayerSummary, ...] = ()
    datasets: tuple[DatasetSummary, ...] = ()
    bytes: ByteSummary = ByteSummary()
    seconds_per_step: dict[str, SecondsTaken] = {}
    metrics: dict[str, float] = {}
    warnings: tuple[str, ...] = ()
    error: ErrorSummary | None = None
    places: PlaceSummary = PlaceSummary()
    next_commands: tuple[str, ...] = ()
    taken_up: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_version_1(cls, stored: Any) -> Any:
        """Summaries of version 1 call a loaded symbol ``landed`` and a skipped one ``not_asked``."""
        if not isinstance(stored, dict) or stored.get("schema_version") != 1:
            return stored
        symbols = [
            {**symbol, "outcome": _OUTCOMES_BEFORE.get(symbol["outcome"], symbol["outcome"])} for symbol in stored.get("symbols", ())
        ]
        return {**stored, "schema_version": 2, "symbols": symbols}

    def outcome_counts(self) -> dict[Outcome, int]:
        """How many symbols ended in each outcome; outcomes without a symbol are omitted."""
        counts = {outcome: sum(1 for symbol in self.symbols if symbol.outcome is outcome) for outcome in Outcome}
        return {outcome: count for outcome, count in counts.items() if count}
