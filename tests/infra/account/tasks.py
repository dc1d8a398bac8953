"""What moto's ECS misjudges: it asks every container for its memory, where a task of Fargate has it for all of them together."""

from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend


def let_tasks_have_the_memory() -> None:
    """Takes moto's count of what containers ask of a machine away; Fargate has no machines to count on."""

    def nothing(*_: Any) -> dict[str, Any]:
        return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}

    EC2ContainerServiceBackend._calculate_task_resource_requirements = nothing
