"""Step 4, validate: every row accepted or quarantined with its reasons by the dataset's suite, and the gate."""

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks import sessions
from tasks.datasets import Dataset
from tasks.exchanges import date_at
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.quality import great_expectations
from tasks.quality.context import Context, Market, Origin
from tasks.quality.quarantine import to_parquet
from tasks.quality.rules import Suite
from tasks.quality.suite import load_suite, load_thresholds
from tasks.quality.validation import validate as validate_batch
from tasks.quality.validation import validate_parts
from tasks.quality.validation_target import WithTexts, as_they_are
from tasks.quality.verdict import Verdict
from tasks.results.capture_sizes import rows_before, sizes_before
from tasks.results.dataset_result import ParsedRows, ShardResult, ValidationOutcome
from tasks.sessions import DEFAULT_EXCHANGE
from tasks.wording import counted, percent

logger = step_logger("validate")

EXPECTATIONS: Final = Path(__file__).resolve().parent.parent / "expectations"

_NONE_DUE: Final[Mapping[str, date]] = {}
_NONE_BEFORE: Final[Mapping[str, int]] = {}


@cache
def prepare_validation() -> None:
    """Begins to import the validator in the background, so that it is there once rows are; does nothing a second time."""
    threading.Thread(target=_import_validator, name="import of the validator", daemon=True).start()


def _import_validator() -> None:
    # Whatever is wrong with the library is raised where it is used.
    with suppress(Exception):
        great_expectations.import_library()


def validate_rows(
    run: Run,
    dataset: Dataset,
    parsed: ParsedRows,
    due: Mapping[str, date] = _NONE_DUE,
    rows_before: Mapping[str, int] = _NONE_BEFORE,
    shards: Sequence[ShardResult] = (),
) -> Verdict:
    """Validates the rows of one dataset as one batch; keeps nothing.

    Args:
        run: the run.
        dataset: what the rows are.
        parsed: the rows, and the answers they came from.
        due: the session that is due, per symbol, where somebody waits for it.
        rows_before: how many rows the answer before had, per symbol, where it is known.
        shards: that have validated the rows, each its own; only what is about all rows is then left to do.

    Raises:
        QualityError: a rule could not be evaluated; a fault of Tickerhouse, not of the data.
        LakeError: the captures of quarantined rows cannot be read again.
    """
    suite = suite_of(dataset)
    context = _context(run, dataset, parsed, due, rows_before)
    if parts := [shard.part for shard in shards if shard.part]:
        return validate_parts(parsed.final, parts, dataset.checks, suite, run_id=run.run_id, context=context)
    texts = texts_of(run, dataset, parsed)
    return validate_batch(parsed.final, dataset.checks, suite, run_id=run.run_id, context=context, with_texts=texts)


def suite_of(dataset: Dataset) -> Suite:
    """The rules of a dataset."""
    return load_suite(EXPECTATIONS / f"{dataset.checks.name}.json", dataset.checks)


@step("validate", "validate {dataset.name}")
def validate(
    run: Run, dataset: Dataset, parsed: ParsedRows, due: Mapping[str, date], shards: Sequence[ShardResult] = ()
) -> ValidationOutcome | None:
    """Validates rows, and keeps verdict and quarantined rows in the lake before anybody acts on them.

    Args:
        run: the run.
        dataset: what the rows are.
        parsed: the rows, and the answers they came from.
        due: the session that is due, per symbol.
        shards: that have validated the rows.

    Returns:
        The outcome; None where there is no row to validate.

    Raises:
        QualityError: a rule could not be evaluated; a fault of Tickerhouse, not of the data.
        LakeError: the lake cannot be written.
    """
    if not parsed.final.num_rows:
        return None
    if dataset.is_primary:
        verdict = validate_rows(run, dataset, parsed, due, rows_before(sizes_before(run.lake, dataset), parsed), shards)
    else:
        verdict = validate_rows(run, dataset, parsed, shards=shards)
    lake, place = run.lake, _page_place(run.run_id, dataset)
    quarantine_uri = ""
    if verdict.quarantined.num_rows:
        quarantine_uri = lake.put(keys.quarantine_key(dataset.name, run.run_id), to_parquet(verdict.quarantined, dataset.checks))
    outcome = ValidationOutcome(
        verdict=verdict,
        gate=verdict.gate,
        page_uri=lake.put(keys.quality_page_key(place), verdict.page.encode(), "text/html; charset=utf-8"),
        result_uri=lake.put(keys.quality_result_key(place), json.dumps(verdict.result).encode(), "application/json"),
        quarantine_uri=quarantine_uri,
    )
    quarantined = verdict.quarantined.num_rows
    logger.info(
        "%s: %s accepted, %s quarantined (%s%s); the gate is %s",
        dataset.name,
        counted(verdict.accepted_rows, "row"),
        f"{quarantined:,}",
        percent(quarantined / verdict.rows if verdict.rows else 0.0),
        f"; {verdict.harmless:,} harmless" if verdict.harmless else "",
        "open" if verdict.gate.is_open else "closed",
    )
    return outcome


def texts_of(run: Run, dataset: Dataset, parsed: ParsedRows) -> WithTexts:
    """How some of the parsed rows get their strings as received: from their captures, which are read again."""
    restore = dataset.with_texts
    if restore is None:
        return as_they_are

    def with_texts(rows: pa.Table) -> pa.Table:
        keys = set(rows.column("capture_key").unique().to_pylist())
        return restore(rows, read_captures(run.raw, [seen for seen in parsed.observations if seen.capture.key in keys]))

    return with_texts


def _page_place(run_id: str, dataset: Dataset) -> str:
    return run_id if dataset.is_primary else f"{run_id}-{dataset.name.replace('_', '-')}"


def _context(run: Run, dataset: Dataset, parsed: ParsedRows, due: Mapping[str, date], rows_before: Mapping[str, int]) -> Context:
    requested = {observation.call.symbol for observation in parsed.observations} - {""}
    requested = requested or {str(symbol) for symbol in parsed.final.column("symbol").unique().to_pylist()}
    exchanges = {symbol: parsed.clock.exchange_of(symbol) for symbol in requested}
    markets = {exchange: _market(exchange, dataset, parsed) for exchange in {*exchanges.values(), DEFAULT_EXCHANGE}}
    return Context(
        markets[DEFAULT_EXCHANGE],
        requested,
        run.settings.gate_limit,
        parsed.deferred.num_rows,
        elsewhere={symbol: markets[exchange] for symbol, exchange in exchanges.items() if exchange != DEFAULT_EXCHANGE},
        due={symbol: session for symbol, session in due.items() if symbol in requested},
        rows_before=rows_before,
        least_rows=run.settings.gate_rows,
        origin=Origin(run.flow, run.settings.environment, run.settings.source, run.flow_run_url),
    )


def _market(exchange: str, dataset: Dataset, parsed: ParsedRows) -> Market:
    if dataset.is_live:
        # A quote speaks for the day on which its exchange was asked, wherever the run stands.
        newest = date_at(exchange, max(observation.observed_at for observation in parsed.observations))
    else:
        newest = parsed.clock.newest_final(exchange)
    return Market(sessions.session_days(exchange), newest, load_thresholds(EXPECTATIONS / "exchanges.json", exchange))
