"""Step 4: every bar accepted or quarantined with its reasons, and the gate. The door to ``tasks/quality``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks import sessions
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.errors import LakeError
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import open_lake
from tasks.orchestration.planning_inputs import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.parse import Parsing
from tasks.quality.context import Context, Market
from tasks.quality.gate import Gate, decide
from tasks.quality.prices import DAILY_PRICES as DAILY
from tasks.quality.quarantine import to_parquet
from tasks.quality.report_index import IndexEntry, index_entry, index_page, with_entry
from tasks.quality.suite import load_suite, load_thresholds
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import Extraction
from tasks.results.capture_sizes import bars_before
from tasks.schema import DAILY_PRICES

logger = step_logger("validate")

SUITES = Path(__file__).resolve().parent.parent / "expectations"


class GateClosed(TickerhouseError):
    """The verdict does not let the run go on; nothing was loaded, everything is kept."""


@dataclass(frozen=True)
class Judgement:
    """A verdict and where it is kept.

    Attributes:
        verdict: what was found.
        gate: whether the run may go on.
        page_uri: the verdict page.
        result_uri: the validator's result as JSON.
        quarantine_uri: the quarantined bars as Parquet, empty where there are none.
    """

    verdict: Verdict
    gate: Gate
    page_uri: str
    result_uri: str
    quarantine_uri: str


@step("validate")
def judge(run: Run, planned: PlanResult, parsing: Parsing, extraction: Extraction) -> Judgement:
    """Judges the bars of a run as one batch, and keeps verdict and quarantine in the lake before anybody acts on them.

    Raises:
        QualityError: a rule could not be evaluated; a fault of ours, not of the data.
        LakeError: the lake cannot be written.
    """
    lake = open_lake(run.settings, run.settings.load_role)
    context = _context(run, planned, parsing, extraction, bars_before(lake, parsing, extraction.observations))
    verdict = validate(parsing.ready, DAILY, load_suite(SUITES / f"{DAILY.name}.json", DAILY), run_id=run.run_id, context=context)
    gate = decide(verdict, context.limit, len(context.asked))
    quarantine_uri = ""
    if verdict.quarantined.num_rows:
        quarantine_uri = lake.put(keys.quarantine_key(DAILY_PRICES.name, run.run_id), to_parquet(verdict.quarantined, DAILY))
    judgement = Judgement(
        verdict=verdict,
        gate=gate,
        page_uri=lake.put(keys.quality_page_key(run.run_id), verdict.page.encode(), "text/html; charset=utf-8"),
        result_uri=lake.put(keys.quality_result_key(run.run_id), json.dumps(verdict.result).encode(), "application/json"),
        quarantine_uri=quarantine_uri,
    )
    _index(lake, index_entry(verdict, gate, run.started_at.isoformat()))
    logger.info(
        "%s bars accepted, %s quarantined (%.2f %%); the gate is %s",
        f"{verdict.accepted_rows:,}",
        verdict.quarantined.num_rows,
        verdict.rate * 100,
        "open" if judgement.gate.is_open else "closed",
    )
    return judgement


def _context(run: Run, planned: PlanResult, parsing: Parsing, extraction: Extraction, held_before: Mapping[str, int]) -> Context:
    asked = {observation.call.symbol for observation in extraction.observations}
    exchanges = {symbol: planned.exchanges.get(symbol, sessions.DEFAULT_EXCHANGE) for symbol in asked}
    markets = {exchange: _market(run, exchange) for exchange in {*exchanges.values(), sessions.DEFAULT_EXCHANGE}}
    home = markets[sessions.DEFAULT_EXCHANGE]
    return Context(
        home.sessions,
        home.newest_session,
        asked,
        run.settings.gate_limit,
        parsing.deferred.num_rows,
        home.thresholds,
        elsewhere={symbol: markets[exchange] for symbol, exchange in exchanges.items() if exchange != sessions.DEFAULT_EXCHANGE},
        due={symbol: session for symbol, session in planned.plan.due_session.items() if symbol in asked},
        held_before=held_before,
    )


def _market(run: Run, exchange: str) -> Market:
    return Market(
        sessions.session_days(exchange),
        sessions.last_final_session(run.as_of, run.settings.settling, exchange),
        load_thresholds(SUITES / "exchanges.json", exchange),
    )


def _index(lake: LakeStore, entry: IndexEntry) -> None:
    """Puts the run into the page of the latest ones; that page is a convenience, and never what stops a run."""
    try:
        entries = state.verdicts().change(lake, lambda listed: with_entry(listed, entry))
        lake.put(keys.quality_index_key(), index_page(entries, lake.uri("quality/")).encode(), "text/html; charset=utf-8")
    except LakeError as error:
        logger.warning("the index of verdicts was not written: %s", error)


def pass_gate(judgement: Judgement) -> None:
    """Lets the run go on, or stops it.

    Raises:
        GateClosed: with every reason.
    """
    if not judgement.gate.is_open:
        raise GateClosed(
            " ".join(judgement.gate.reasons),
            f"Nothing was loaded; see {judgement.page_uri}.",
            {"reasons": list(judgement.gate.reasons), "page": judgement.page_uri},
        )
