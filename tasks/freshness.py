"""Freshness: which symbols are behind, which runs are stuck, which alerts were not delivered; the warehouse is not contacted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter
from prefect.utilities.urls import url_for

from tasks import sessions
from tasks.alerting.deduplication import NEW_YORK
from tasks.alerting.deliveries import Delivery, delivery_alerts
from tasks.alerting.freshness import EVALUATED, RunInFlight, SymbolFreshness, fresh_facts, freshness_alerts, in_flight_alerts
from tasks.datasets import DAILY_PRICES
from tasks.orchestration import state
from tasks.orchestration.alert_silences import sync_silences
from tasks.orchestration.alerts import emit_alerts
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.settings import Settings
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.watchlist import find_watchlist
from tasks.wording import agreeing, all_of, counted

logger = step_logger("freshness")

FLOW: Final = "freshness"
_LOOKS_BACK: Final = timedelta(hours=24)
_MOST_EVENTS: Final = 2000
_NAMED: Final = 8
_EXECUTED: Final = "automation.action.executed"
_FAILED: Final = "automation.action.failed"
_MESSAGE: Final = "call-webhook"


@dataclass(frozen=True)
class Freshness:
    """What a check found.

    Attributes:
        symbols: every symbol of the watchlist.
        alerts_sent: names of the alerts sent.
    """

    symbols: tuple[SymbolFreshness, ...]
    alerts_sent: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The check in one sentence."""
        facts = fresh_facts(self.symbols)
        if not facts["behind"]:
            return f"{all_of(facts['symbols'], 'symbol', 'holds its', 'hold their').capitalize()} newest final session{self._holes}"
        behind = f"{facts['behind']} of {counted(facts['symbols'], 'symbol')} {agreeing(facts['behind'], 'is', 'are')} behind"
        return f"{behind}, the worst by {counted(facts['sessions_behind'], 'session')}{self._holes}"

    @property
    def _holes(self) -> str:
        missing = [f"{symbol.symbol} {first} to {last}" for symbol in self.symbols for first, last in symbol.holes]
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        return f"; gaps: {', '.join(missing[:_NAMED])}{more}" if missing else ""


@step("freshness")
def check_freshness(run: Run) -> Freshness:
    """Compares what is held with what is final, finds stuck runs and alerts that were not delivered, and emits alerts.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    settings, now = run.settings, run.as_of
    sync_silences(settings, run.lake, utc_now())
    symbols = tuple(_symbols(run))
    alerts = [
        *freshness_alerts(symbols, now, settings.sessions_allowed),
        *in_flight_alerts(list(_in_flight(settings)), now, timedelta(seconds=settings.stuck_after)),
        *delivery_alerts(_deliveries(settings)),
    ]
    freshness = Freshness(symbols, emit_alerts(run, alerts, now, EVALUATED))
    emit_event(
        "tickerhouse.freshness.checked",
        resource={
            "prefect.resource.id": f"tickerhouse.{settings.environment}.{settings.source}.{FLOW}",
            "prefect.resource.name": FLOW,
        },
        payload={"run_id": run.run_id, **fresh_facts(symbols)},
    )
    logger.info("%s", freshness.headline)
    return freshness


def _symbols(run: Run) -> Iterator[SymbolFreshness]:
    coverage, settings = state.coverage(DAILY_PRICES.name).read(run.lake), run.settings
    for entry in find_watchlist(settings.watchlist, run.clients.bucket).entries:
        due = sessions.last_final_session(run.as_of, settings.settling, entry.exchange)
        known = coverage.get(entry.symbol)
        held = known.last_session if known else None
        behind = sessions.sessions_missed(held, due, run.as_of, entry.exchange) if held else settings.sessions_allowed + 1
        ended = sessions.known_until(entry.exchange) if sessions.weekdays_unknown(run.as_of, entry.exchange) else None
        yield SymbolFreshness(entry.symbol, held, due, behind, _done_by(settings, due), known.gaps if known else (), ended)


def _done_by(settings: Settings, session: date) -> datetime:
    return datetime.combine(session, time.fromisoformat(settings.done_by), NEW_YORK)


def _in_flight(settings: Settings) -> Iterator[RunInFlight]:
    wanted = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[f"tickerhouse-{settings.environment}"]),
        state=FlowRunFilterState(
            type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED, StateType.CANCELLING])
        ),
    )
    with get_client(sync_client=True) as client:
        for flow_run in client.read_flow_runs(flow_run_filter=wanted, limit=200):
            since = flow_run.start_time or flow_run.expected_start_time
            if since is not None and since <= utc_now() and flow_run.state is not None:
                deployment = _deployment_name(client, flow_run.deployment_id)
                yield RunInFlight(flow_run.name, deployment, flow_run.state.name or "", since.astimezone(UTC), url_for(flow_run) or "")


def _deployment_name(client: SyncPrefectClient, deployment_id: object) -> str:
    if deployment_id is None:
        return "a run without deployment"
    return client.read_deployment(str(deployment_id)).name


def _deliveries(settings: Settings) -> list[Delivery]:
    """What became of our automations' messages; names are ``prefect.`` on a server and ``prefect-cloud.`` on Cloud."""
    names = [f"{place}.{event}" for place in ("prefect", "prefect-cloud") for event in (_EXECUTED, _FAILED)]
    now = utc_now()
    wanted = EventFilter(event=EventNameFilter(name=names), occurred=EventOccurredFilter(since=now - _LOOKS_BACK, until=now))
    ours = f"tickerhouse {settings.environment}: "
    deliveries: list[Delivery] = []
    with get_client(sync_client=True) as client:
        page = client.read_events(wanted, limit=50)
        while True:
            for event in page.events:
                automation = event.resource.get("prefect.resource.name") or ""
                if not automation.startswith(ours) or automation == f"{ours}delivery-failed":
                    continue
                # Other actions fail too, as one that would mark a run as crashed which has ended meanwhile.
                if event.payload.get("action_type", _MESSAGE) != _MESSAGE:
                    continue
                if event.event.endswith(_FAILED):
                    deliveries.append(Delivery(automation, event.occurred, None, str(event.payload.get("reason", ""))[:200]))
                elif event.payload.get("status_code") is not None:
                    deliveries.append(Delivery(automation, event.occurred, int(event.payload["status_code"])))
            if page.next_page is None or len(deliveries) >= _MOST_EVENTS:
                return sorted(deliveries, key=lambda delivery: delivery.occurred)
            page = client.read_events_page(str(page.next_page))
