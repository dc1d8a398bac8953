"""Starts the runs of the deployment ``shard`` and waits for them; one that died is replaced."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

from tasks.errors import TickerhouseError
from tasks.wording import deployment_path

_POLL_SECONDS: Final = 1.0
_LOOK: Final = "Look at its run in Prefect, then run again: the stored responses are read once more, and none is requested."


class ShardFailed(TickerhouseError):
    """A shard died as often as settings allow; nothing was loaded, and everything is kept."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a shard, and how often to start it again.

    Attributes:
        replacements: how often a shard that died is started again.
        seconds: within which a shard must end; after that it counts as dead.
    """

    replacements: int
    seconds: float


@dataclass(frozen=True)
class _Underway:
    order: str
    flow_run: UUID
    replaced: int
    begun: float


def shard_deployment(environment: str) -> str:
    """The deployment's name in Prefect."""
    return deployment_path("shard", environment)


def has_deployment(name: str) -> bool:
    """Whether Prefect's server has the deployment."""
    with get_client(sync_client=True) as client:
        try:
            client.read_deployment_by_name(name)
        except ObjectNotFound:
            return False
    return True


def run_orders(deployment: str, orders: Sequence[str], patience: Patience, logger: logging.Logger) -> None:
    """Starts a run for each order and returns once each has completed.

    Args:
        deployment: whose runs they are.
        orders: the keys of what they are to do.
        patience: how long to wait, and how often to replace.
        logger: told of every shard that is replaced.

    Raises:
        ShardFailed: one died too often. The others are cancelled, as they are where the caller itself is stopped.
    """
    underway: list[_Underway] = []
    with get_client(sync_client=True) as client:
        try:
            underway += [_start(deployment, order, 0) for order in orders]
            while underway:
                time.sleep(_POLL_SECONDS)
                found = _look(client, underway, logger)
                if found is None:
                    _refuse_late(underway, patience)
                else:
                    underway[:] = [left for each in underway if (left := _next(client, deployment, each, found, patience, logger))]
        except BaseException:
            for each in underway:
                _cancel(client, each.flow_run)
            raise


def _start(deployment: str, order: str, replaced: int) -> _Underway:
    # Outside of an event loop it gives the run itself.
    started = cast("FlowRun", run_deployment(deployment, parameters={"order": order}, timeout=0))
    return _Underway(order, started.id, replaced, time.monotonic())


def _look(client: SyncPrefectClient, underway: Sequence[_Underway], logger: logging.Logger) -> dict[UUID, FlowRun] | None:
    """The runs as the server has them; None where it cannot be reached for the moment."""
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[each.flow_run for each in underway]))
    try:
        return {flow_run.id: flow_run for flow_run in client.read_flow_runs(flow_run_filter=wanted)}
    except httpx.HTTPError as error:
        logger.warning("the shards cannot be seen for the moment (%s)", type(error).__name__)
        return None


def _refuse_late(underway: Sequence[_Underway], patience: Patience) -> None:
    if all(time.monotonic() - each.begun > patience.seconds for each in underway):
        raise ShardFailed(f"Prefect's server was not reached, and the shards had {patience.seconds:.0f} s to end.", _LOOK)


def _next(
    client: SyncPrefectClient,
    deployment: str,
    each: _Underway,
    found: dict[UUID, FlowRun],
    patience: Patience,
    logger: logging.Logger,
) -> _Underway | None:
    """What is waited for next in its place; None where it has completed."""
    flow_run = found.get(each.flow_run)
    state = flow_run.state if flow_run else None
    if state is not None and state.is_completed():
        return None
    is_late = time.monotonic() - each.begun > patience.seconds
    if state is not None and not state.is_final() and not is_late:
        return each
    end = "was removed" if state is None else f"did not end within {patience.seconds:.0f} s" if not state.is_final() else f"is {state.name}"
    if state is not None and not state.is_final():
        _cancel(client, each.flow_run)
    if each.replaced >= patience.replacements:
        message = f" ({state.message})" if state is not None and state.message else ""
        raise ShardFailed(
            f"The shard {each.order} {end}{message}, and no further one is allowed to replace it.", _LOOK, {"order": each.order}
        )
    logger.warning("the shard %s %s: it is replaced", each.order, end)
    return _start(deployment, each.order, each.replaced + 1)


def _cancel(client: SyncPrefectClient, flow_run: UUID) -> None:
    try:
        client.set_flow_run_state(flow_run, Cancelling(message="The run that waited for it does not need it any more."))
    except (httpx.HTTPError, ObjectNotFound):
        # It writes nothing that a later run would take for its own.
        return
