"""The Prefect worker of type ecs on the applied stack: starts a flow run as a task, starts it again, stops it.

A process of its own, with the credentials of the worker role: ``python -m tests.infra.worker_runs`` reads the deployment's job variables as
JSON from standard input and prints what it started.
"""

import asyncio
import json
import sys
from typing import Any
from uuid import uuid4

from prefect.client.schemas.objects import FlowRun
from prefect_aws.workers import ECSWorker
from prefect_aws.workers.ecs_worker import ECSJobConfiguration

from deployments.place import ecs_template


async def _work(variables: dict[str, object]) -> list[str]:
    worker = ECSWorker(work_pool_name="tickerhouse-dev")
    started = []
    flow_id = uuid4()
    for number in range(2):
        flow_run = FlowRun(id=uuid4(), flow_id=flow_id, name=f"run-{number}")
        configuration: Any = await ECSJobConfiguration.from_template_and_values(base_job_template=ecs_template(), values=dict(variables))
        configuration.env["PREFECT_API_KEY"] = "made-up"
        configuration.prepare_for_flow_run(flow_run)
        result = await worker.run(flow_run, configuration)
        started.append(result.identifier)
        await worker.kill_infrastructure(result.identifier, configuration)
    return started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_work(json.load(sys.stdin)))) + "\n")
