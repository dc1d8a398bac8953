"""The Prefect worker of type ecs on the applied stack: starts flow runs as tasks, stops them, and hears from ECS how they ended.

A process of its own, with the credentials of the worker role and a Prefect server: ``python -m tests.infra.worker_runs`` reads the
deployment's job variables as JSON from standard input and prints what it started and what the observer made of it.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any
from uuid import uuid4

import boto3
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running
from prefect_aws.observers.ecs import SqsSubscriber, start_observer, stop_observer
from prefect_aws.workers import ECSWorker
from prefect_aws.workers.ecs_worker import ECSJobConfiguration

from deployments.place import ecs_template

QUEUE = os.environ["PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"]
PATIENCE_SECONDS = 60.0

# How ECS describes a task that was killed, and one that found no room: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
KILLED = {"stopCode": "EssentialContainerExited", "containers": [{"name": "prefect", "exitCode": 137, "lastStatus": "STOPPED"}]}
NEVER_STARTED = {"stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError", "containers": []}


@flow(name="observed")
def observed() -> None:
    """Never runs; its runs stand for tasks."""


async def _started(client: PrefectClient, worker: ECSWorker, variables: dict[str, object], *, is_running: bool) -> tuple[FlowRun, str]:
    flow_run = await client.create_flow_run(observed, state=Pending())
    configuration: Any = await ECSJobConfiguration.from_template_and_values(base_job_template=ecs_template(), values=dict(variables))
    configuration.env["PREFECT_API_KEY"] = "made-up"
    configuration.prepare_for_flow_run(flow_run)
    result = await worker.run(flow_run, configuration)
    if is_running:
        await client.set_flow_run_state(flow_run.id, Running())
    await worker.kill_infrastructure(result.identifier, configuration)
    return flow_run, result.identifier


def _report(task: dict[str, object] | None) -> None:
    """Puts into the queue what EventBridge would, which the made-up account has not; not with the worker's credentials."""
    sqs = boto3.Session("administrator", "testing").client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    body = {
        "id": str(uuid4()),
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "detail": {"lastStatus": "STOPPED", **(task or {})},
    }
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


async def _extended() -> bool:
    """The observer keeps a message of which it takes minutes; nothing here takes so long."""
    _report(None)
    async for message in SqsSubscriber(QUEUE).stream_messages():
        return await message.extend_visibility() and await message.ack()
    return False


async def _work(variables: dict[str, object]) -> dict[str, object]:
    worker = ECSWorker(work_pool_name="tickerhouse-dev")
    cluster = str(variables["cluster"])
    assert await _extended()
    async with get_client() as client:
        killed, first = await _started(client, worker, variables, is_running=True)
        waiting, second = await _started(client, worker, variables, is_running=False)
        begun = time.monotonic()
        for identifier, how in ((first, KILLED), (second, NEVER_STARTED)):
            _report({"taskArn": identifier.partition("::")[2], "clusterArn": cluster, **how})
        await start_observer()  # type: ignore[no-untyped-call]
        crashed = []
        for flow_run in (killed, waiting):
            while (state := (await client.read_flow_run(flow_run.id)).state) is None or not state.is_final():
                assert time.monotonic() - begun < PATIENCE_SECONDS, state
                await asyncio.sleep(0.2)
            crashed.append([state.name, state.message])
        await stop_observer()  # type: ignore[no-untyped-call]
        return {"started": [first, second], "crashed": crashed, "seconds": time.monotonic() - begun}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_work(json.load(sys.stdin)))) + "\n")
