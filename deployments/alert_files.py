"""Reads the folders of ``deployments/alerts/``: the trigger and the message of each alert.

A folder holds ``alert.yaml`` (``description``; ``channels``, of ``alarms`` and ``notices``; ``trigger`` where it is not the event
``tickerhouse.alert.<folder>``) and ``message.json.j2``, a template over the event that gives a Slack message in Block Kit. The pieces of
``shape.j2`` stand before every template. ``$environment``, ``$silent_hours`` and ``$silent_seconds`` are filled in where they stand.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml
from prefect.events.schemas.automations import EventTrigger

from deployments.errors import AlertUnfit
from deployments.place import ROOT
from tasks.orchestration.settings import RUNBOOK

FOLDER: Final = ROOT / "deployments" / "alerts"
CHANNELS: Final = ("alarms", "notices")

_MESSAGE: Final = "message.json.j2"
_KEYS: Final = {"description", "channels", "trigger"}


@dataclass(frozen=True)
class AlertFile:
    """One alert as its folder has it.

    Attributes:
        name: the folder's name.
        description: when it is sent, a sentence.
        channels: where it is sent.
        trigger: what it listens for.
        message: the template of its message, with the pieces before it.
    """

    name: str
    description: str
    channels: tuple[str, ...]
    trigger: EventTrigger
    message: str


def read_alerts(environment: str, folder: Path = FOLDER, *, silent_hours: int = 26, runbook: str = RUNBOOK) -> list[AlertFile]:
    """Reads every alert, in the order of their names.

    Args:
        environment: whose events they listen for.
        folder: where they lie.
        silent_hours: after how many hours without a freshness check nothing watches any more.
        runbook: the address of the runbook, which has a section for each.

    Raises:
        AlertUnfit: a folder is not what it must be.
    """
    shape = (FOLDER / "shape.j2").read_text()
    filled_in = {"environment": environment, "silent_hours": str(silent_hours), "silent_seconds": str(silent_hours * 3600)}
    shape = f"{{%- set runbook = {json.dumps(runbook)} -%}}{shape}"
    return [_read(each, shape, filled_in) for each in sorted(folder.iterdir()) if each.is_dir()]


def _read(folder: Path, shape: str, filled_in: Mapping[str, str]) -> AlertFile:
    try:
        described = yaml.safe_load(Template((folder / "alert.yaml").read_text()).safe_substitute(filled_in))
        message = Template((folder / _MESSAGE).read_text()).safe_substitute(filled_in)
    except (OSError, yaml.YAMLError) as error:
        raise AlertUnfit(f"The alert {folder.name} cannot be read: {error}.", f"It needs alert.yaml and {_MESSAGE}.") from None
    if not isinstance(described, dict) or set(described) - _KEYS or not described.get("description"):
        raise AlertUnfit(f"alert.yaml of {folder.name} must hold {', '.join(sorted(_KEYS))}.", "See docs/how-to/add-an-alert.md.")
    channels = tuple(described.get("channels") or ())
    if not channels or set(channels) - set(CHANNELS):
        raise AlertUnfit(f"The alert {folder.name} names the channels {channels}.", f"They are {' and '.join(CHANNELS)}.")
    trigger = described.get("trigger") or _usual(folder.name, filled_in["environment"])
    try:
        parsed = EventTrigger.model_validate({"threshold": 1, **trigger})
    except ValueError as error:
        raise AlertUnfit(f"The trigger of {folder.name} is invalid: {error}.", "See docs/how-to/add-an-alert.md.") from None
    return AlertFile(
        folder.name, described["description"], channels, parsed, f"{{%- set alert = {json.dumps(folder.name)} -%}}{shape}{message}"
    )


def _usual(name: str, environment: str) -> dict[str, Any]:
    return {
        "posture": "Reactive",
        "expect": [f"tickerhouse.alert.{name}"],
        "match": {"prefect.resource.id": f"tickerhouse.{environment}.*"},
        "within": 0,
    }
