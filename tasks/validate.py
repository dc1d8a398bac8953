"""Step 4: every bar accepted or quarantined with its reasons, and the gate. The door to ``tasks/quality``."""

import json
from dataclasses import dataclass
from pathlib import Path

from tasks import sessions
from tasks.aws import open_lake
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.parse import Parsing
from tasks.quality.context import Context
from tasks.quality.gate import Gate, decide
from tasks.quality.quarantine import to_parquet
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import Extraction
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.step import step, step_logger

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
def judge(run: Run, parsing: Parsing, extraction: Extraction) -> Judgement:
    """Judges the bars of a run as one batch, and keeps verdict and quarantine in the lake before anybody acts on them.

    Raises:
        QualityError: a rule could not be evaluated; a fault of ours, not of the data.
        LakeError: the lake cannot be written.
    """
    asked = {observation.call.symbol for observation in extraction.observations}
    newest = sessions.last_final_session(run.as_of, run.settings.settling)
    context = Context(sessions.session_days(), newest, asked, run.settings.gate_limit, parsing.deferred.num_rows)
    verdict = validate(parsing.ready, load_suite(SUITES / f"{DAILY_PRICES.name}.json"), run_id=run.run_id, context=context)
    lake = open_lake(run.settings, run.settings.load_role)
    quarantine_uri = ""
    if verdict.quarantined.num_rows:
        quarantine_uri = lake.put(keys.quarantine_key(DAILY_PRICES.name, run.run_id), to_parquet(verdict.quarantined))
    judgement = Judgement(
        verdict=verdict,
        gate=decide(verdict, run.settings.gate_limit, len(asked)),
        page_uri=lake.put(keys.quality_page_key(run.run_id), verdict.page.encode(), "text/html; charset=utf-8"),
        result_uri=lake.put(keys.quality_result_key(run.run_id), json.dumps(verdict.result).encode(), "application/json"),
        quarantine_uri=quarantine_uri,
    )
    logger.info(
        "%s bars accepted, %s quarantined (%.2f %%); the gate is %s",
        f"{verdict.accepted.num_rows:,}",
        verdict.quarantined.num_rows,
        verdict.rate * 100,
        "open" if judgement.gate.is_open else "closed",
    )
    return judgement


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
