"""Concurrency limits of the loads, one slot per table; a load creates a missing one, here a person sees them all."""

from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.exceptions import ObjectNotFound

from deployments.report import Action, Change
from tasks.datasets import DATASETS
from tasks.orchestration.concurrency import table_slot
from tasks.orchestration.settings import Settings


def apply_limits(client: SyncPrefectClient, settings: Settings, *, is_dry_run: bool) -> Iterator[Change]:
    """Makes the limit of every table that is loaded, and puts right one that lets more than one load in."""
    for name in sorted({table_slot(settings, dataset.schema.table) for dataset in DATASETS.values()}):
        yield _apply(client, name, is_dry_run=is_dry_run)


def _apply(client: SyncPrefectClient, name: str, *, is_dry_run: bool) -> Change:
    try:
        held = client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        if not is_dry_run:
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))
        return Change(Action.CREATED, "limit", name)
    if held.limit == 1 and held.active:
        return Change(Action.LEFT, "limit", name)
    if not is_dry_run:
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(limit=1, active=True))
    return Change(Action.CHANGED, "limit", name, "one slot, active")
