"""What an environment costs in a month, by component and number of symbols; pure; from ``prices.py`` and the assumptions below.

``python -m infra.cost.model`` prints the table of docs/cost.md. Never compared with a bill.
"""

import sys
from dataclasses import dataclass, replace

from infra.cost import prices

HOURS_A_MONTH = 730.0
WEEKS_A_MONTH = HOURS_A_MONTH / 24 / 7
SYMBOL_COUNTS = (5, 500, 5_000)
_COMPACT_BARS = 100


@dataclass(frozen=True)
class Assumptions:
    """What the costs follow from; the defaults are what infra/terraform makes.

    Attributes:
        trading_days: in a month.
        rpus: base capacity of the warehouse.
        calls_a_minute: of the Alpha Vantage plan.
        checks_a_day: freshness checks: one by its schedule, one started by the load.
        weekly_runs: listings, corporate actions, maintenance; each wakes the warehouse for its least.
        weekly_loads: how many of them load, and so start a freshness check.
        idle_contacts: days in a month on which no load is due and a run asks the warehouse all the same, since nobody had for 24 hours
            (``tasks/recover.py``): ten holidays a year, each billed as a minute and, like a run, as a container's start.
        start_seconds: a container's pull and start, and the imports, billed like the work.
        compact_bytes: a compressed compact answer (100 sessions), as it is stored in raw.
        row_bytes: a bar in the curated file.
        warehouse_row_bytes: a bar in the warehouse, revisions and audit included.
        full_history_bars: of a symbol, once loaded.
        writes_a_symbol: PUT requests for one symbol and run.
        reads_a_symbol: GET and HEAD requests for one symbol and run.
        writes_a_run: PUT and LIST requests for a run whatever its size.
        reads_a_run: GET and HEAD requests for a run whatever its size.
        warehouse_seconds: awake for a run of no symbols; a minute is billed at least.
        warehouse_seconds_a_thousand: more for every thousand symbols.
        task_cpu: vCPUs of a flow run.
        task_gb: memory of a flow run.
        addresses: public ones of a task, for as long as it runs; none with ``egress_mode = "nat"``.
        worker_hours: that the worker is up on a trading day.
        current_row_bytes: a bar in a current file of the lake, as UNLOAD writes it.
        sessions_a_year: bars of a symbol that a load of one session writes again, because they lie in its year's file.
        snapshot_days: that the files of each run are kept.
        unload_seconds_a_million: that a million rows of a year take; a guess.
        queue_wait_seconds: for which one look into the queue of task events waits, as prefect-aws does.
        raw_months: how many months of raw have piled up.
        log_bytes_a_symbol: per run; ten times that for a run.
        custom_metrics: of a run that loads, what ``tasks/orchestration/metrics.py`` sends: ten numbers and the seconds of ten steps.
        keys: customer-managed ones.
        secrets: three of ours and the administrator's, which AWS makes.
        alarm_metrics: metrics that alarms stand on; the one on silence stands on one, and expressions over it cost nothing.
        dashboards: made by ``dashboard = true``.
        images: kept in ECR: ten that were deployed, and the worker's.
        image_gb: of one, compressed.
    """

    trading_days: int = 21
    rpus: float = 4.0
    calls_a_minute: float = 75.0
    checks_a_day: float = 2.0
    weekly_runs: float = 3.0
    weekly_loads: float = 2.0
    idle_contacts: float = 10 / 12
    start_seconds: float = 90.0
    compact_bytes: float = 3_000.0
    row_bytes: float = 35.0
    warehouse_row_bytes: float = 90.0
    full_history_bars: float = 5_000.0
    writes_a_symbol: float = 1.0
    reads_a_symbol: float = 1.0
    writes_a_run: float = 30.0
    reads_a_run: float = 44.0
    warehouse_seconds: float = 30.0
    warehouse_seconds_a_thousand: float = 12.0
    task_cpu: float = 0.5
    task_gb: float = 2.0
    addresses: float = 1.0
    worker_hours: float = 3.0
    current_row_bytes: float = 35.0
    sessions_a_year: float = 252.0
    snapshot_days: float = 14.0
    unload_seconds_a_million: float = 2.0
    queue_wait_seconds: float = 20.0
    raw_months: float = 12.0
    log_bytes_a_symbol: float = 400.0
    custom_metrics: float = 20.0
    keys: float = 1.0
    secrets: float = 4.0
    alarm_metrics: float = 6.0
    dashboards: float = 1.0
    images: float = 11.0
    image_gb: float = 0.25


DEFAULT = Assumptions()


def monthly_cost(symbols: int, assumed: Assumptions = DEFAULT) -> dict[str, float]:
    """USD a month by component, before free tiers, tax and traffic to the internet.

    Args:
        symbols: asked once every trading day, one compact call each.
        assumed: everything else.
    """
    return {
        "warehouse, awake": _warehouse_awake(symbols, assumed),
        "warehouse, storage": symbols * assumed.full_history_bars * assumed.warehouse_row_bytes / 1e9 * prices.WAREHOUSE_GB_MONTH.usd,
        "flow runs": _flow_runs(symbols, assumed),
        "worker": assumed.trading_days * assumed.worker_hours * (_fargate_hour(0.25, 0.5, assumed.addresses) + _queue_hour(assumed)),
        "lake, requests": _lake_requests(symbols, assumed),
        "lake, storage": (_raw_gb(symbols, assumed) + _current_gb(symbols, assumed)) * prices.S3_GB_MONTH.usd,
        "key and secrets": _key_and_secrets(symbols, assumed),
        "metrics, alarms, logs": _watching(symbols, assumed),
        "dashboard": assumed.dashboards * prices.DASHBOARD_MONTH.usd,
        "images": assumed.images * assumed.image_gb * prices.IMAGE_GB_MONTH.usd,
    }


def warehouse_seconds(symbols: int, assumed: Assumptions = DEFAULT, *, full_histories: int = 0) -> float:
    """Seconds a run is billed for, at least a minute.

    Args:
        symbols: answered with the latest 100 sessions.
        assumed: everything else.
        full_histories: symbols answered with all there is; each is loaded like the many compact answers that hold as many bars, and all
            its years are unloaded into the current files.
    """
    compact_answers = symbols + full_histories * assumed.full_history_bars / _COMPACT_BARS
    unloaded = symbols * assumed.sessions_a_year + full_histories * assumed.full_history_bars
    unload = unloaded / 1e6 * assumed.unload_seconds_a_million
    return max(60.0, assumed.warehouse_seconds + assumed.warehouse_seconds_a_thousand * compact_answers / 1000 + unload)


def warehouse_usd(seconds: float, assumed: Assumptions = DEFAULT) -> float:
    """What the warehouse asks for being awake so long."""
    return seconds / 3600 * assumed.rpus * prices.RPU_HOUR.usd


def options(symbols: int = 5_000, assumed: Assumptions = DEFAULT) -> dict[str, float]:
    """What a choice adds to (or takes from) the monthly total, in USD, by what it is."""
    base = sum(monthly_cost(symbols, assumed).values())

    def more(**changes: float) -> float:
        return sum(monthly_cost(symbols, replace(assumed, **changes)).values()) - base  # type: ignore[arg-type]

    return {
        "prefect_server = {} (with its database)": prefect_server_month(),
        "worker_always_on = true": more(worker_hours=HOURS_A_MONTH / assumed.trading_days),
        "redshift_base_capacity = 8": more(rpus=8.0),
        "half an hour of queries on every trading day": assumed.trading_days * 0.5 * assumed.rpus * prices.RPU_HOUR.usd,
        # The gateway has an address day and night, and the tasks have none.
        'egress_mode = "nat"': HOURS_A_MONTH * (prices.NAT_HOUR.usd + prices.PUBLIC_ADDRESS_HOUR.usd) + more(addresses=0.0),
        "one interface endpoint (three zones)": 3 * HOURS_A_MONTH * prices.ENDPOINT_HOUR.usd,
        "dashboard = false": -assumed.dashboards * prices.DASHBOARD_MONTH.usd,
        "the daily limit of 4 RPU-hours, used up every day": 30.4 * 4 * prices.RPU_HOUR.usd,
    }


@dataclass(frozen=True)
class PrefectServer:
    """A Prefect server of one's own, as ``prefect_server`` makes it by default.

    Attributes:
        cpu: vCPUs of its task.
        gigabytes: memory of its task.
        storage_gigabytes: of its database.
        secrets: the database's password, which AWS makes.
    """

    cpu: float = 0.5
    gigabytes: float = 1.0
    storage_gigabytes: float = 20.0
    secrets: float = 1.0


def prefect_server_month(server: PrefectServer = PrefectServer()) -> float:
    """USD a month of a Prefect server of one's own, day and night, since it is the server that notices what does not happen."""
    return (
        HOURS_A_MONTH * (_fargate_hour(server.cpu, server.gigabytes) + prices.DATABASE_HOUR.usd)
        + server.storage_gigabytes * prices.DATABASE_GB_MONTH.usd
        + server.secrets * prices.SECRET_MONTH.usd
        + prices.HOSTED_ZONE_MONTH.usd
    )


def archive_pays_after_months(object_bytes: float) -> float:
    """Months in Glacier Instant Retrieval after which an object has earned its move; infinite where it never does.

    Args:
        object_bytes: its size; the class bills 128 KB at least.
    """
    gigabytes = object_bytes / 1e9
    saved = gigabytes * prices.S3_GB_MONTH.usd - max(gigabytes, 128 * 1024 / 1e9) * prices.S3_INSTANT_GB_MONTH.usd
    return prices.S3_TO_INSTANT.usd / saved if saved > 0 else float("inf")


def table(counts: tuple[int, ...] = SYMBOL_COUNTS, assumed: Assumptions = DEFAULT) -> str:
    """The table of docs/cost.md."""
    costs = [monthly_cost(count, assumed) for count in counts]
    lines = ["| USD a month | " + " | ".join(f"{count:,} symbols" for count in counts) + " |", "|---|" + "---:|" * len(counts)]
    lines += [f"| {name} | " + " | ".join(f"{cost[name]:.2f}" for cost in costs) + " |" for name in costs[0]]
    lines.append("| **total** | " + " | ".join(f"**{sum(cost.values()):.2f}**" for cost in costs) + " |")
    return "\n".join(lines)


def option_table() -> str:
    """The table of choices in docs/cost.md."""
    lines = ["| choice | USD a month more |", "|---|---:|"]
    return "\n".join([*lines, *(f"| {name} | {usd:.2f} |" for name, usd in options().items())])


def _warehouse_awake(symbols: int, assumed: Assumptions) -> float:
    daily = assumed.trading_days * warehouse_seconds(symbols, assumed)
    weekly = WEEKS_A_MONTH * assumed.weekly_runs * warehouse_seconds(0, assumed)
    return warehouse_usd(daily + weekly + assumed.idle_contacts * warehouse_seconds(0, assumed), assumed)


def _flow_runs(symbols: int, assumed: Assumptions) -> float:
    daily = assumed.trading_days * (symbols / assumed.calls_a_minute * 60 + warehouse_seconds(symbols, assumed))
    weekly = WEEKS_A_MONTH * assumed.weekly_runs * warehouse_seconds(0, assumed)
    weekly += assumed.idle_contacts * warehouse_seconds(0, assumed)
    runs = assumed.weekly_runs + assumed.weekly_loads
    starts = assumed.trading_days * (1 + assumed.checks_a_day) + assumed.idle_contacts + WEEKS_A_MONTH * runs
    hours = (daily + weekly + starts * assumed.start_seconds) / 3600
    return hours * _fargate_hour(assumed.task_cpu, assumed.task_gb, assumed.addresses)


def _fargate_hour(cpu: float, gigabytes: float, addresses: float = 1.0) -> float:
    return cpu * prices.FARGATE_CPU_HOUR.usd + gigabytes * prices.FARGATE_GB_HOUR.usd + addresses * prices.PUBLIC_ADDRESS_HOUR.usd


def _queue_hour(assumed: Assumptions) -> float:
    return 3600 / assumed.queue_wait_seconds * prices.QUEUE_REQUEST.usd


def _lake_requests(symbols: int, assumed: Assumptions) -> float:
    writes = symbols * assumed.writes_a_symbol + assumed.writes_a_run
    reads = symbols * assumed.reads_a_symbol + assumed.reads_a_run
    return assumed.trading_days * (writes * prices.S3_WRITE.usd + reads * prices.S3_READ.usd)


def _raw_gb(symbols: int, assumed: Assumptions) -> float:
    days = assumed.trading_days * assumed.raw_months
    return symbols * days * (assumed.compact_bytes + _COMPACT_BARS * assumed.row_bytes) / 1e9


def _current_gb(symbols: int, assumed: Assumptions) -> float:
    # The current files, what each run of the latest days wrote, and the day for which a replaced file stays as a former version.
    kept = assumed.snapshot_days * assumed.trading_days * 12 / 365 + 1
    return symbols * assumed.current_row_bytes * (assumed.full_history_bars + kept * assumed.sessions_a_year) / 1e9


def _key_requests(symbols: int, assumed: Assumptions) -> float:
    # With a bucket key S3 asks for a data key now and then, not for each object; one in a hundred is a guess.
    return assumed.trading_days * (symbols * (assumed.writes_a_symbol + assumed.reads_a_symbol) / 100 + 20)


def _key_and_secrets(symbols: int, assumed: Assumptions) -> float:
    kept = assumed.keys * prices.KEY_MONTH.usd + assumed.secrets * prices.SECRET_MONTH.usd
    return kept + _key_requests(symbols, assumed) * prices.KEY_REQUEST.usd


def _watching(symbols: int, assumed: Assumptions) -> float:
    logs = assumed.trading_days * (symbols + 10) * assumed.log_bytes_a_symbol / 1e9 * prices.LOG_GB.usd
    # CloudWatch asks for the hours in which a metric is sent: one for each run.
    hours = (assumed.trading_days + WEEKS_A_MONTH * assumed.weekly_loads) * assumed.custom_metrics
    return logs + hours * prices.METRIC_MONTH.usd / HOURS_A_MONTH + assumed.alarm_metrics * prices.ALARM_MONTH.usd


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n\n{option_table()}\n")
