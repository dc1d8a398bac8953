"""Deployments of ``prefect.yaml``: compares each with the server and deploys those that differ."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.utilities.templating import apply_values

from deployments.errors import DeployRefused
from deployments.place import ROOT, own_tag, read_place
from deployments.report import Action, Change
from tasks.orchestration.settings import Settings, without_secrets
from tasks.wording import deployment_name

PREFECT_FILE: Final = ROOT / "prefect.yaml"
_RESOURCE: Final = "deployment"
_DEPLOY_SECONDS: Final = 300


@dataclass(frozen=True)
class Entry:
    """One deployment as it should be.

    Attributes:
        name: ``<flow>/<deployment>``.
        flow: the flow's name.
        stated: the entry as ``prefect.yaml`` states it, for Prefect's own deploy.
        facts: what the server should say of it, by word.
    """

    name: str
    flow: str
    stated: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)


def read_entries(settings: Settings, file: Path = PREFECT_FILE) -> list[Entry]:
    """Every entry of ``prefect.yaml``, filled in for the place.

    Raises:
        DeployRefused: an entry names code that cannot be imported.
    """
    written = yaml.safe_load(file.read_text())
    filled_in = {"place": read_place()}
    return [_entry(stated, written, filled_in, settings) for stated in written["deployments"]]


def apply_entries(client: SyncPrefectClient, settings: Settings, entries: list[Entry], *, is_dry_run: bool) -> Iterator[Change]:
    """Deploys the entries that are missing or differ, prunes what is no longer there, and says what it did or would do.

    Raises:
        DeployRefused: Prefect did not take them, or keeps one in another form.
    """
    to_deploy = []
    for entry in entries:
        held = _held(client, entry.name)
        differing = _differing(held, entry) if held else []
        if held is None or differing:
            to_deploy.append(entry)
            yield Change(Action.CHANGED if held else Action.CREATED, _RESOURCE, entry.name, ", ".join(differing))
        else:
            yield Change(Action.LEFT, _RESOURCE, entry.name)
        if held is not None:
            yield from _prune_schedules(client, held, entry, is_dry_run=is_dry_run)
    if to_deploy and not is_dry_run:
        _deploy(settings, to_deploy)
        _refuse_unknown_parameters(client, to_deploy)
        _check(client, to_deploy)
    yield from _prune(client, settings, entries, is_dry_run=is_dry_run)


def deployment_ids(client: SyncPrefectClient, entries: list[Entry]) -> dict[str, UUID]:
    """The id of every deployment by its flow; in a rehearsal a made-up one for those that are not there yet."""
    return {entry.flow: held.id if (held := _held(client, entry.name)) else UUID(int=0) for entry in entries}


def _entry(stated: Mapping[str, Any], written: Mapping[str, Any], filled_in: dict[str, Any], settings: Settings) -> Entry:
    try:
        flow: Flow[..., Any] = load_flow_from_entrypoint(str(ROOT / stated["entrypoint"]))
    except Exception as error:
        raise DeployRefused(f"{stated['entrypoint']} cannot be imported ({type(error).__name__}: {error}).", "Correct it first.") from error
    values = {name: value for name, value in stated.items() if name != "work_pool"}
    values |= {"job_variables": stated["work_pool"]["job_variables"], "pull": stated.get("pull", written.get("pull"))}
    values = apply_values(values, filled_in)
    limit = values.get("concurrency_limit") or {}
    name = f"{flow.name}/{values['name']}"
    stated = {**stated, "work_pool": {**stated["work_pool"], "name": settings.work_pool}}
    facts = {
        "description": values.get("description") or flow.description,
        "version": values["version"],
        "tags": sorted(values["tags"]),
        "parameters": values.get("parameters") or {},
        "entrypoint": values["entrypoint"],
        "work pool": settings.work_pool,
        "job variables": _stated(values["job_variables"]),
        "pull steps": values["pull"],
        "form": _filled(_strict_form(flow)),
        "strict form": bool(values.get("enforce_parameter_schema", True)),
        "limit": (limit.get("limit"), limit.get("collision_strategy")),
        "schedules": sorted(_schedule(each) for each in values.get("schedules") or []),
    }
    return Entry(name, flow.name, stated, _plain(facts))


def _held(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _differing(held: DeploymentResponse, entry: Entry) -> list[str]:
    limit, options = held.global_concurrency_limit, held.concurrency_options
    facts = {
        "description": held.description,
        "version": held.version,
        "tags": sorted(held.tags),
        "parameters": held.parameters,
        "entrypoint": held.entrypoint,
        "work pool": held.work_pool_name,
        "job variables": _stated(held.job_variables),
        "pull steps": held.pull_steps,
        "form": _filled(held.parameter_openapi_schema or {}),
        "strict form": held.enforce_parameter_schema,
        "limit": (limit.limit if limit else None, options.collision_strategy.value if options else None),
        "schedules": sorted(_held_schedules(held)),
    }
    plain = _plain(facts)
    return [word for word in facts if plain[word] != entry.facts[word]]


def _held_schedules(held: DeploymentResponse) -> list[str]:
    return [
        _schedule({**each.schedule.model_dump(mode="json"), **each.model_dump(include={"active", "parameters"})}) for each in held.schedules
    ]


def _schedule(stated: Mapping[str, Any]) -> str:
    when = stated.get("cron") or " ".join((stated.get("rrule") or "").split()) or f"every {stated.get('interval')}"
    zone = stated.get("timezone") or "UTC"
    parameters = f" with {json.dumps(stated['parameters'], sort_keys=True)}" if stated.get("parameters") else ""
    return f"{when} {zone}{parameters}{'' if stated.get('active', True) else ' (paused)'}"


def _prune_schedules(client: SyncPrefectClient, held: DeploymentResponse, entry: Entry, *, is_dry_run: bool) -> Iterator[Change]:
    # Prefect's own deploy never removes a schedule that has a slug.
    for schedule, text in zip(held.schedules, _held_schedules(held), strict=True):
        if text not in entry.facts["schedules"]:
            if not is_dry_run and schedule.id is not None:
                client.delete_deployment_schedule(held.id, schedule.id)
            yield Change(Action.REMOVED, "schedule", f"{entry.name} {text}")


def _prune(client: SyncPrefectClient, settings: Settings, entries: list[Entry], *, is_dry_run: bool) -> Iterator[Change]:
    names = {entry.name for entry in entries}
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=["tickerhouse", own_tag(settings)]))
    for held in client.read_deployments(deployment_filter=tagged, limit=200):
        flow = client.read_flow(held.flow_id).name
        name = f"{flow}/{held.name}"
        # Before they were called after their flow as well, all were called as the environment alone.
        if name not in names and held.name in {settings.environment, deployment_name(flow, settings.environment)}:
            if not is_dry_run:
                client.delete_deployment(held.id)
            yield Change(Action.REMOVED, _RESOURCE, name)


def _deploy(settings: Settings, entries: list[Entry]) -> None:
    """Prefect's own deploy of ``prefect.yaml``, with those entries alone that differ and the pool that settings name."""
    written = yaml.safe_load(PREFECT_FILE.read_text())
    part = {**{name: written[name] for name in ("name", "build", "pull")}, "deployments": [dict(entry.stated) for entry in entries]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prefect.yaml"
        file.write_text(yaml.safe_dump(part, sort_keys=False))
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
        environment = without_secrets(os.environ)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_DEPLOY_SECONDS, check=False)
    if done.returncode:
        words = " ".join(line.strip(" │╭╮╰╯─") for line in (done.stdout + done.stderr).splitlines()[-12:])
        raise DeployRefused(f"Prefect refused the deployments: {words}", f"See `prefect deploy --all` in {settings.environment}.")


def _strict_form(flow: Flow[..., Any]) -> dict[str, Any]:
    # Prefect's own form lets an unknown name through to the flow, which then fails at its start.
    return {**parameter_schema(flow).model_dump_for_openapi(), "additionalProperties": False}


def _refuse_unknown_parameters(client: SyncPrefectClient, entries: list[Entry]) -> None:
    for entry in entries:
        held = client.read_deployment_by_name(entry.name)
        form = {**(held.parameter_openapi_schema or {}), "additionalProperties": False}
        client.update_deployment(held.id, DeploymentUpdate(parameter_openapi_schema=form))


def _check(client: SyncPrefectClient, entries: list[Entry]) -> None:
    for entry in entries:
        held = _held(client, entry.name)
        differing = _differing(held, entry) if held else ["all of it"]
        if differing:
            raise DeployRefused(
                f"{entry.name} differs from prefect.yaml after it was deployed: {', '.join(differing)}.",
                "Compare prefect.yaml with the server.",
            )


def _stated(variables: Mapping[str, Any]) -> dict[str, Any]:
    # A null leaves a job variable to its pool.
    return {name: value for name, value in variables.items() if value is not None}


def _filled(schema: Mapping[str, Any]) -> dict[str, Any]:
    # The server drops what is empty.
    return {name: value for name, value in schema.items() if value or value is False}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(facts, sort_keys=True, default=str))
    return plain
