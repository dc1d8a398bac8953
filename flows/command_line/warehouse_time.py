"""Estimates how long a planned run keeps the warehouse awake on AWS and what that costs (cost model of infra/cost)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.planning.estimate import as_text
from tasks.records import Call


@dataclass(frozen=True)
class WarehouseTime:
    """How long a run keeps the warehouse awake, and what that costs.

    Attributes:
        seconds: awake and billed.
        usd: for them, at the capacity that infra/terraform makes by default.
        rpus: that capacity.
    """

    seconds: float
    usd: float
    rpus: float


def warehouse_time(calls: Sequence[Call]) -> WarehouseTime:
    """Estimates the warehouse's seconds from the calls whose answers are loaded; a run that loads nothing leaves it asleep."""
    from infra.cost.model import DEFAULT, warehouse_seconds, warehouse_usd

    if not calls:
        return WarehouseTime(0.0, 0.0, DEFAULT.rpus)
    full = sum(call.options.get("outputsize") == "full" for call in calls)
    seconds = warehouse_seconds(len(calls) - full, full_histories=full)
    return WarehouseTime(seconds, warehouse_usd(seconds), DEFAULT.rpus)


def warehouse_time_text(time: WarehouseTime) -> str:
    """The same in a sentence."""
    if not time.seconds:
        return "stays asleep"
    return f"about {as_text(time.seconds)} awake, {time.usd:.2f} USD at {time.rpus:g} RPUs (billed on AWS only; a minute at least)"
