"""Emits alerts: each leaves as an event in Prefect, which an automation delivers; what was sent before is not sent again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from prefect.events import emit_event

from tasks.alerting.alert import EVENT, Alert, Example
from tasks.alerting.deduplication import SentAlert, Silence, decide
from tasks.alerting.run_facts import Fault, PremiumRefusal, RunFacts
from tasks.alerting.runs import Limits, alerts_of_run, evaluated_alerts
from tasks.alpha_vantage.api_plans import PLANS
from tasks.datasets import DAILY_PRICES
from tasks.errors import TickerhouseError
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.page_links import addresses, link_of_latest_runs, links_of_run
from tasks.orchestration.prefect_server import is_gone
from tasks.orchestration.run import Run
from tasks.orchestration.run_history import earlier_runs
from tasks.orchestration.settings import Settings
from tasks.orchestration.step_log import step_logger
from tasks.records import Scope
from tasks.summary import RunSummary
from tasks.summary.run_summary import QuarantinedExample

logger = step_logger("alerts")

_REFUSED_FOR_THE_PLAN = frozenset({"NotEntitled", "PremiumEndpoint", "PremiumOutputSize", "LicenceMissing", "ArtificialRows"})


def emit_run_alerts(run: Run, summary: RunSummary) -> tuple[str, ...]:
    """Emits the alerts that a run which has ended gives cause for, and the events of the run itself.

    Args:
        run: the run.
        summary: how it went.

    Returns:
        The names of the alerts that were sent.
    """
    facts = run_facts(summary, addresses(links_of_run(run, summary)))
    settings = run.settings
    limits = Limits(settings.budget_warning, settings.restated_warning, settings.slow_factor)
    emit_event(
        "tickerhouse.run.ended",
        resource={**_resource(settings, run.flow), "tickerhouse.status": str(summary.status)},
        payload={
            "run_id": summary.run_id,
            "status": str(summary.status),
            "rows": summary.rows.model_dump(),
            "calls_sent": facts.calls_sent,
        },
    )
    if summary.rows.staged:
        emit_event(
            "tickerhouse.warehouse.loaded",
            resource=_resource(settings, run.flow),
            payload={"run_id": summary.run_id, "table": summary.places.table, "session": str(summary.last_session or "")},
        )
    alerts = alerts_of_run(facts, earlier_runs(run), limits)
    return emit_alerts(run, alerts, summary.finished_at, evaluated_alerts(summary.status))


def emit_alerts(run: Run, alerts: Sequence[Alert], now: datetime, evaluated: Collection[str]) -> tuple[str, ...]:
    """Emits those alerts that were not sent already and are not silenced, and remembers them.

    A lake that cannot be read or written never keeps an alert from being sent: it is then sent without deduplication. Where the Prefect
    server is gone none is sent.

    Args:
        run: the run they come from.
        alerts: everything there is cause for.
        now: the present instant, UTC.
        evaluated: the standing alerts that could have been among them.

    Returns:
        The names of the alerts that were sent.
    """
    if is_gone():
        # What was not sent is not remembered either, so that the next run sends it.
        logger.warning("no alert was sent, because the Prefect server is gone")
        return ()
    lake: LakeStore | None = None
    memory: tuple[SentAlert, ...] = ()
    silences: tuple[Silence, ...] = ()
    try:
        opened = run.lake
        memory, silences = state.sent_alerts(run.flow).read(opened), state.silences().read(opened)
        lake = opened
    except TickerhouseError as error:
        logger.warning("alerts are sent without deduplication: %s", error)
    decision = decide(alerts, memory, silences, now, evaluated)
    settings = run.settings
    where = {"environment": settings.environment, "source": settings.source, "flow": run.flow, "run_id": run.run_id}
    # A worker ignores TICKERHOUSE_STACK; on AWS its loads have a role of their own.
    where["stack"] = "aws" if settings.load_role else "embedded"
    for alert in _linked(run, decision.to_send):
        emit_event(EVENT + alert.name, resource=_resource(settings, run.flow), payload=alert.payload(where))
        logger.info("alert %s: %s", alert.name, alert.title)
    if lake is not None and decision.memory != memory:
        try:
            state.sent_alerts(run.flow).write(lake, decision.memory)
        except TickerhouseError as error:
            logger.warning("the list of sent alerts was not saved: %s", error)
    return tuple(alert.name for alert in decision.to_send)


def _linked(run: Run, alerts: Sequence[Alert]) -> Sequence[Alert]:
    """An alert that leads nowhere by itself leads to the latest runs, and to the run that sent it."""
    if all(alert.links for alert in alerts):
        return alerts
    usual = addresses((link_of_latest_runs(run),)) | {"Run": run.flow_run_url}
    return [alert if alert.links else replace(alert, links=usual) for alert in alerts]


def read_silenced(lake: LakeStore) -> tuple[Silence, ...]:
    """Every silence, those that have ended included."""
    return state.silences().read(lake)


def silence(lake: LakeStore, new: Silence) -> None:
    """Stores a silence in the lake; an earlier one of the same alert is replaced."""
    state.silences().change(lake, lambda silences: (*(each for each in silences if each.alert != new.alert), new))


def forget_silences(lake: LakeStore, ended: Collection[Silence]) -> None:
    """Forgets silences that have ended."""
    if ended:
        state.silences().change(lake, lambda silences: tuple(each for each in silences if each not in ended))


def run_facts(summary: RunSummary, pages: Mapping[str, str]) -> RunFacts:
    """The facts about a run from which its alerts are decided.

    Args:
        summary: how the run went.
        pages: addresses of its pages by the words to show for them.
    """
    missing = [symbol for symbol in summary.symbols if symbol.is_due_session_missing]
    error = summary.error
    # What is restated of events, of the source's adjusted series and of quotes is so by their nature.
    is_of_bars = DAILY_PRICES.schema.table in summary.places.table
    return RunFacts(
        run_id=summary.run_id,
        flow=summary.flow,
        status=summary.status,
        session=summary.due_session,
        symbol_count=summary.symbol_count,
        fault=Fault(error.name, error.fact, error.way_out, error.step) if error else None,
        missing=tuple(Example(symbol.symbol, symbol.reason or str(symbol.outcome)) for symbol in missing),
        next_step=missing[0].next_step if missing else "",
        quarantined=summary.rows.quarantined,
        rate=summary.quarantine.rate,
        limit=summary.quarantine.limit,
        reasons=summary.quarantine.reasons,
        bars=tuple(Example(f"{bar.symbol} {bar.session}", _values_text(bar)) for bar in summary.quarantine.examples),
        premium=_premium(summary),
        calls_sent=summary.calls.sent,
        calls_left=summary.calls.left_today,
        calls_per_day=PLANS[summary.plan].calls_per_day,
        staged=summary.rows.staged if is_of_bars else 0,
        changed=summary.rows.changed if is_of_bars else 0,
        restated=summary.restated if is_of_bars else {},
        seconds=summary.seconds_per_step,
        calls_planned=summary.calls.planned,
        pages=pages,
        flow_run=summary.places.flow_run,
    )


def _premium(summary: RunSummary) -> tuple[PremiumRefusal, ...]:
    refused = tuple(
        PremiumRefusal(refusal.function, refusal.detail, refusal.way_out, is_of_histories=refusal.name == "PremiumOutputSize")
        for refusal in summary.refusals
        if refusal.scope is Scope.FUNCTION and refusal.name in _REFUSED_FOR_THE_PLAN
    )
    by = summary.shortened
    return refused if by is None else (*refused, PremiumRefusal(by.function, by.detail, by.way_out, by.symbols, is_of_histories=True))


def _values_text(bar: QuarantinedExample) -> str:
    values = ", ".join(f"{name} {value if value is not None else 'absent'}" for name, value in bar.values.items())
    return f"{'; '.join(bar.reasons)} ({values})"


def _resource(settings: Settings, flow: str) -> dict[str, str]:
    return {
        "prefect.resource.id": f"tickerhouse.{settings.environment}.{settings.source}.{flow}",
        "prefect.resource.name": flow,
    }
