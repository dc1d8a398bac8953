"""The plan of a backfill: named symbols over a range of sessions, out of a share of the day that the daily run does not need."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tasks import sessions
from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.errors import WrongUsage
from tasks.orchestration import state
from tasks.orchestration.clients import open_lake, read_api_key
from tasks.orchestration.planning_inputs import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.planning.budget_shares import share_left
from tasks.planning.plan import COMPACT_SESSIONS, DAILY
from tasks.planning.watchlist import check_symbols
from tasks.records import Call, OutputSize, Plan, SkippedCall
from tasks.schema import DAILY_PRICES

logger = step_logger("plan")

SHARE = "backfill"


class RangeUnfit(WrongUsage):
    """The range of sessions cannot be."""


@step("plan")
def plan_backfill(run: Run, symbols: Sequence[str], first: date, last: date | None) -> PlanResult:
    """Plans one call for every symbol whose coverage does not span the range.

    The API gives the latest 100 sessions or everything; the smaller that holds the range is asked for. All bars that come are loaded.

    Args:
        run: the run.
        symbols: what to fill.
        first: the first session wanted.
        last: the last one; None for the newest that is final.

    Raises:
        WrongUsage: a symbol or the range cannot be.
        LakeError: the lake cannot be read.
    """
    settings = run.settings
    newest = sessions.last_final_session(run.as_of, settings.settling)
    last = min(last or newest, newest)
    if first > last:
        raise RangeUnfit(f"The range from {first} to {last} holds no session that is final.", "Name an earlier first session.")
    names = tuple(dict.fromkeys(check_symbols(symbols)))
    lake = open_lake(settings, settings.ingest_role)
    coverage = state.coverage(DAILY_PRICES.name).read(lake)
    reach = len(sessions.sessions_between(first, newest))
    size: OutputSize = "compact" if reach <= COMPACT_SESSIONS else "full"
    held = tuple(name for name in names if (has := coverage.get(name)) and has.first_session <= first and has.last_session >= last)
    wanted = [name for name in names if name not in held]
    profile = PLANS[settings.plan]
    ledger = state.ledger(key_fingerprint(read_api_key(settings))).read(lake)
    left = share_left(profile, ledger, run.started_at, SHARE)
    affordable = len(wanted) if left is None else left
    calls = tuple(Call(DAILY, name, {"outputsize": size}, f"backfill from {first} to {last}") for name in wanted[:affordable])
    left_out = tuple(
        SkippedCall(name, "the day's share for backfills is used up", "Run the backfill again tomorrow.") for name in wanted[affordable:]
    )
    plan = Plan(calls=calls, held=held, left_out=left_out, due_session=dict.fromkeys(names, last), budget_left=left)
    logger.info("calls %s · symbols held already %s · left out %s", len(calls), len(held), len(left_out))
    return replace(PlanResult(plan, len(names), may_fall_back=False))
