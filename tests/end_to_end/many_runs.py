"""Runs the flow for many cases in one process, because a process for each would import for longer than it runs.

Reads a JSON list of cases from standard input and prints one line of JSON a case. A case has ``name``, ``symbols``, ``as_of``, ``settings``
and maybe ``replay`` and ``flow``, which is ``daily_prices`` otherwise; each begins with the environment that this process began with, as
a command of its own would.
"""

import json
import os
import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.command_line.environment import read_environment, ready
from flows.command_line.run import show_progress, summary_of


def main() -> None:
    with redirect_stdout(sys.stderr):
        show_progress()
    environment = dict(os.environ)
    for case in json.load(sys.stdin):
        os.environ.clear()
        os.environ.update(environment | case["settings"])
        answer = {"name": case["name"], **_run(case)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run(case: dict[str, Any]) -> dict[str, Any]:
    moment = datetime.fromisoformat(case["as_of"])
    around = read_environment(Path(case["replay"]) if "replay" in case else None)
    with redirect_stdout(sys.stderr), ready(around, for_run=True, as_of=moment):
        summary = summary_of(case.get("flow", "daily_prices"), {"symbols": case["symbols"], "as_of": moment})
    return {"summary": summary.model_dump(mode="json")}


if __name__ == "__main__":
    main()
