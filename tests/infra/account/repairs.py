"""What moto gets wrong, put right in moto itself: two places, each a line."""

from typing import Any


def repair() -> None:
    """Lets a Fargate task have the memory that its containers do not have each, and lets the last delete marker of a key be deleted."""
    # Both cores of `make test`, which skips these tests, would read the descriptions of all machines there are.
    from moto.ecs.models import EC2ContainerServiceBackend  # noqa: PLC0415
    from moto.s3.models import FakeDeleteMarker  # noqa: PLC0415

    def nothing_of_a_machine(*_: Any) -> dict[str, Any]:
        return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}

    def nothing_to_dispose(*_: Any, **__: Any) -> None:
        return None

    EC2ContainerServiceBackend._calculate_task_resource_requirements = nothing_of_a_machine
    FakeDeleteMarker.dispose = nothing_to_dispose
