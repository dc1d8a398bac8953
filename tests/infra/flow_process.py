"""Flows as a worker's process runs them, one after another in one process, since starting one takes longer than most flows.

A process of its own, with the credentials of the pipeline role: ``python -m tests.infra.flow_process`` reads from standard input which
flows, with which parameters, and prints how each ended.
"""

import importlib
import json
import sys
from typing import Any


def _ended(entrypoint: str, parameters: dict[str, Any]) -> str:
    module, _, name = entrypoint.partition(":")
    flow = getattr(importlib.import_module(module), name)
    # Validated as a deployment's parameters are, so that dates may come as text.
    state = flow(**parameters, return_state=True)
    return f"{state.name}: {state.message or ''}"


if __name__ == "__main__":
    for line in json.load(sys.stdin):
        sys.stdout.write(f"<{line['name']}> {_ended(line['entrypoint'], line['parameters'])}\n")
        sys.stdout.flush()
