"""What GitHub writes into the token that a job exchanges for a role of AWS."""

import re
from collections.abc import Mapping
from typing import Any

Job = Mapping[str, Any]


def jobs_that_sign_in(workflow: Mapping[str, Any]) -> list[Job]:
    """The jobs of a workflow that may ask for a token."""
    return [job for job in workflow["jobs"].values() if job.get("permissions", {}).get("id-token") == "write"]


def subject(repository: str, job: Job, variables: Mapping[str, str], ref: str) -> str:
    """The claim ``sub`` of a job's token; a job that names an environment says nothing of its branch.

    Source: https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims

    Args:
        repository: ``owner@<id>/name@<id>``, or ``owner/name`` for one older than July 2026.
        job: of a workflow.
        variables: the repository's variables, ``vars`` in a workflow.
        ref: what was pushed, ``refs/heads/main``.
    """
    # A job that calls another workflow gives it the environment's name.
    named = job.get("environment") or job.get("with", {}).get("environment")
    if not named:
        return f"repo:{repository}:ref:{ref}"
    name = named["name"] if isinstance(named, Mapping) else str(named)
    environment = re.sub(r"\$\{\{ vars\.(\w+) \}\}", lambda found: variables[found[1]], name)
    return f"repo:{repository}:environment:{environment}"
