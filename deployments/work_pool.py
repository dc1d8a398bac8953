"""The Prefect work pool: local processes, or ECS tasks by the template of prefect-aws."""

from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from deployments.errors import DeployRefused
from deployments.place import ecs_template
from deployments.report import Action, Change
from tasks.orchestration.settings import Settings

_RESOURCE: Final = "work pool"


def apply_work_pool(client: SyncPrefectClient, settings: Settings, *, is_dry_run: bool) -> Change:
    """Makes the pool where it is missing, and brings an ECS pool's template to ours.

    Raises:
        DeployRefused: a pool of that name and of another type is there.
    """
    name = settings.work_pool
    template = ecs_template() if settings.work_pool_type == "ecs" else None
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        if not is_dry_run:
            client.create_work_pool(WorkPoolCreate(name=name, type=settings.work_pool_type, base_job_template=template or {}))
        return Change(Action.CREATED, _RESOURCE, name, settings.work_pool_type)
    if pool.type != settings.work_pool_type:
        raise DeployRefused(
            f"The work pool {name} is of type {pool.type}, and settings say {settings.work_pool_type}.",
            "Name another in TICKERHOUSE_WORK_POOL, or set TICKERHOUSE_WORK_POOL_TYPE.",
        )
    if template is None or pool.base_job_template == template:
        return Change(Action.LEFT, _RESOURCE, name)
    if not is_dry_run:
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))
    return Change(Action.CHANGED, _RESOURCE, name, "job template")
