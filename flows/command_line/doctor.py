"""``tickerhouse doctor``: checks every part in order; reads only, sends no call to the API, and shows no secret."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flows.command_line.environment import CommandEnvironment, looking, read_environment
from tasks.errors import TickerhouseError, WrongUsage
from tasks.health.doctor import (
    Finding,
    Level,
    as_document,
    budget_finding,
    clock_finding,
    exit_code,
    headline,
    render_finding,
    settings_finding,
    step_finding,
    version_finding,
    watchlist_finding,
    worker_finding,
)
from tasks.orchestration.settings import PREFIX, Settings, variable_name
from tasks.wording import agreeing

if TYPE_CHECKING:
    from tasks.orchestration.clients import Clients

_SECRET: Final = frozenset(map(variable_name, ("api_key", "slack_webhook", "slack_notice_webhook", "job_variables")))
_TIMEOUT: Final = 10.0


def print_findings(*, includes_warehouse: bool, as_json: bool) -> int:
    """Checks every part and prints each finding as it is made.

    Args:
        includes_warehouse: whether to sign in to the warehouse for its migrations, which wakes it.
        as_json: for machines.

    Returns:
        The exit status: 1 where a link is broken, else 0.
    """
    findings = []
    for finding in _findings(includes_warehouse=includes_warehouse):
        findings.append(finding)
        if not as_json:
            print(render_finding(finding), flush=True)
    print(json.dumps(as_document(findings), indent=2) if as_json else f"\n{headline(findings)}")
    return exit_code(findings)


def _findings(*, includes_warehouse: bool) -> Iterator[Finding]:
    yield _versions()
    try:
        values = {name: value for name, value in os.environ.items() if name.startswith(PREFIX) or name in _SECRET}
        context = read_environment(None)
        yield settings_finding({name: value for name, value in values.items() if value}, _SECRET)
        with looking(context) as context:
            yield from _links(context, includes_warehouse=includes_warehouse)
    except TickerhouseError as error:
        yield Finding("settings" if isinstance(error, WrongUsage) else "stack", Level.BROKEN, error.fact, error.way_out)


def _links(context: CommandEnvironment, *, includes_warehouse: bool) -> Iterator[Finding]:
    from tasks.orchestration.clients import Clients

    settings = context.settings
    clients = Clients(settings)
    yield _looked("clock", lambda: _clock(settings))
    yield _looked("key", lambda: _key(clients))
    yield _looked("watchlist", lambda: _watchlist(clients))
    yield _looked("ingest role", lambda: _role(clients, settings.ingest_role, is_raw=True))
    yield _looked("load role", lambda: _role(clients, settings.load_role, is_raw=False))
    if includes_warehouse:
        yield _looked("migrations", lambda: _migrations(clients))
    else:
        yield Finding("migrations", Level.WARNING, "not looked at, so that the warehouse sleeps on", "Leave out --no-warehouse.")
    if context.has_prefect:
        yield from _prefect(context)
    else:
        yield Finding("prefect", Level.WARNING, "no server of the embedded stack runs", "Run: tickerhouse up")
    yield _looked("slack", lambda: _slack(context))


def _looked(link: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except TickerhouseError as error:
        return Finding(link, Level.BROKEN, error.fact, error.way_out)


def _versions() -> Finding:
    from packaging.requirements import Requirement

    needed, unfit = {}, {}
    for requirement in map(Requirement, requires("tickerhouse") or []):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        needed[requirement.name] = str(requirement.specifier) or "any"
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            unfit[requirement.name] = "nothing"
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            unfit[requirement.name] = found
    return version_finding(needed, unfit, platform.python_version())


def _clock(settings: Settings) -> Finding:
    import httpx

    # Any answer will do, a refusal too: it carries the server's time.
    place = os.environ.get("AWS_ENDPOINT_URL_S3") or f"https://s3.{settings.region}.amazonaws.com"
    try:
        given = httpx.head(place, timeout=_TIMEOUT).headers.get("date", "")
        theirs = parsedate_to_datetime(given)
    except (httpx.HTTPError, ValueError) as error:
        return Finding("clock", Level.WARNING, f"S3 gave no time ({type(error).__name__})", "See the lines about the bucket below.")
    return clock_finding(abs(datetime.now(UTC) - theirs), urlsplit(place).netloc)


def _key(clients: "Clients") -> Finding:
    from tasks.alpha_vantage.api_plans import PLANS
    from tasks.alpha_vantage.scrub import key_fingerprint
    from tasks.orchestration import state
    from tasks.planning.budget import budget_text, calls_left

    profile, now = PLANS[clients.settings.plan], datetime.now(UTC)
    left = calls_left(profile, state.ledger(key_fingerprint(clients.api_key)).read(clients.raw), now)
    return budget_finding(profile.name, left, budget_text(profile, left, now))


def _watchlist(clients: "Clients") -> Finding:
    from tasks.orchestration.watchlist import find_watchlist
    from tasks.sessions import known_until

    place = clients.settings.watchlist
    entries = find_watchlist(place, clients.bucket).entries
    return watchlist_finding(
        place, len(entries), {entry.exchange: known_until(entry.exchange) for entry in entries}, datetime.now(UTC).date()
    )


def _role(clients: "Clients", role: str, *, is_raw: bool) -> Finding:
    store = clients.raw if is_raw else clients.lake
    store.check()
    return Finding(
        "ingest role" if is_raw else "load role", Level.OK, f"{role or 'the rights of this session'}: the bucket {store.bucket} is reached"
    )


def _migrations(clients: "Clients") -> Finding:
    from tasks.warehouse.migrations import pending, read_migrations

    with closing(clients.console()) as connection:
        waiting = pending(connection)
    place = f"{clients.settings.workgroup}/{clients.settings.database_name}"
    if waiting:
        are = agreeing(len(waiting), "is", "are")
        return Finding("migrations", Level.WARNING, f"{len(waiting)} {are} pending in {place}", "Run: tickerhouse migrate")
    return Finding("migrations", Level.OK, f"the workgroup answers; all {len(read_migrations())} are applied in {place}")


def _prefect(context: CommandEnvironment) -> Iterator[Finding]:
    # Prefect reads its settings when it is imported, and those are known only now.
    from deployments.apply import apply
    from deployments.report import Action
    from deployments.server import connected, server_name

    try:
        with connected() as client:
            name = server_name(str(client.api_url))
            yield Finding("prefect", Level.OK, f"{name} answers; this client is {version('prefect')}")
        yield from _shared_key(context.settings)
        if context.stack is not None:
            os.environ.setdefault("TICKERHOUSE_SLACK_WEBHOOK", context.stack.slack_webhook_url)
        changes = list(apply(Settings.from_environment(), is_dry_run=True))
        for link, resources in (
            ("deployments", {"deployment", "schedule", "work pool", "limit", "block"}),
            ("automations", {"automation"}),
        ):
            ours = [change for change in changes if change.resource in resources]
            differing = [change.name for change in ours if change.action is not Action.LEFT]
            is_new = all(change.action is Action.CREATED for change in ours if change.resource in {"deployment", "automation"})
            yield step_finding(link, differing, len(ours), is_new=is_new)
            if link == "deployments" and not is_new:
                yield _worker(context.settings)
    except TickerhouseError as error:
        yield Finding("prefect", Level.BROKEN, error.fact, error.way_out)


def _worker(settings: Settings) -> Finding:
    import httpx

    from deployments.server import connected

    with connected() as client:
        try:
            known = client.read_workers_for_work_pool(settings.work_pool)
        except httpx.HTTPStatusError as error:
            # The pool itself may be missing, which the line of the deployments says.
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
            known = []
    serving = sum(worker.status == "ONLINE" for worker in known)
    return worker_finding(settings.work_pool, serving, sleeps=settings.work_pool_type == "ecs")


def _shared_key(settings: Settings) -> Iterator[Finding]:
    from tasks.alpha_vantage.scrub import key_fingerprint
    from tasks.orchestration.clients import Clients
    from tasks.orchestration.key_lock import refuse_other_ledger

    if settings.source != "alpha_vantage":
        return
    clients = Clients(settings)
    try:
        refuse_other_ledger(key_fingerprint(clients.api_key), settings.bucket_name)
    except TickerhouseError as error:
        yield Finding("key", Level.BROKEN, error.fact, error.way_out)


def _slack(context: CommandEnvironment) -> Finding:
    import httpx

    webhook = context.settings.slack_webhook
    address = webhook.get_secret_value() if webhook else context.stack.slack_webhook_url if context.stack else ""
    if not address:
        return Finding("slack", Level.WARNING, "no webhook is set here", "Set TICKERHOUSE_SLACK_WEBHOOK; `tickerhouse deploy` needs it.")
    parts = urlsplit(address)
    host = f"{parts.scheme}://{parts.netloc}"
    try:
        # The address itself is a secret and posts to people: only its host is contacted.
        httpx.get(host, timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        return Finding("slack", Level.BROKEN, f"{host} cannot be reached ({type(error).__name__})", "Check the network.")
    return Finding("slack", Level.OK, f"{host} answers; nothing was posted")
