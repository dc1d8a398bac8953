"""The steps of a run from parse to load, in a process of their own that imports what a flow imports and no more.

::

    python -m tests.benchmarks.work.take_steps     prints seconds by step, rows and peak MB; raw_to_warehouse.py has set what it needs
"""

import json
import time
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from tasks.lake.observations import read_observations
from tasks.sessions import SessionClock
from tests.benchmarks.work.measure import peak_megabytes

RUN_ID: Final = "20261127T120000Z-00000001"
OBSERVED_AT: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)


def take_steps() -> dict[str, Any]:
    """Takes the run from parse to load; gives the seconds of each step, the rows that were loaded and the most memory."""
    # Imported where the steps are taken, so that the process that serves them is not slowed down.
    from tasks.curate import curate  # noqa: PLC0415
    from tasks.datasets import DAILY_PRICES  # noqa: PLC0415
    from tasks.orchestration.clients import Clients  # noqa: PLC0415
    from tasks.orchestration.run import Run  # noqa: PLC0415
    from tasks.orchestration.settings import Settings  # noqa: PLC0415
    from tasks.orchestration.table_load import load_options  # noqa: PLC0415
    from tasks.parse import parse_captures  # noqa: PLC0415
    from tasks.quality.great_expectations import import_library  # noqa: PLC0415
    from tasks.reconcile import reconcile_layers  # noqa: PLC0415
    from tasks.validate import validate  # noqa: PLC0415
    from tasks.warehouse.load import load  # noqa: PLC0415

    import_library()  # takes seconds; a run does it while calls are under way
    settings = Settings.from_environment()
    run = Run(RUN_ID, "daily_prices", settings, OBSERVED_AT, OBSERVED_AT, Clients(settings))
    observations = tuple(read_observations(run.raw, RUN_ID))
    marks = [time.perf_counter()]
    parsed = parse_captures(run, DAILY_PRICES, observations, SessionClock(OBSERVED_AT, settings.settling, {}))
    marks.append(time.perf_counter())
    validation = _plain(validate)(run, DAILY_PRICES, parsed, {})
    assert validation.gate.is_open, validation.gate.reasons
    marks.append(time.perf_counter())
    file = _plain(curate)(run, DAILY_PRICES, validation.verdict, observations)
    marks.append(time.perf_counter())
    manifest, _ = reconcile_layers(run, DAILY_PRICES, parsed, validation.verdict, file)
    marks.append(time.perf_counter())
    loaded = load(run.warehouse, manifest, DAILY_PRICES.schema, load_options(settings))
    marks.append(time.perf_counter())
    assert loaded.new == file.rows, loaded
    seconds = dict(zip(("parse", "validate", "curate", "reconcile", "load"), np.diff(marks).tolist(), strict=True))
    return {"seconds": seconds, "rows": loaded.new, "megabytes": peak_megabytes()}


def _plain(step: Any) -> Any:
    """A step without its Prefect task: there is no server."""
    return step.fn


if __name__ == "__main__":
    print(json.dumps(take_steps()))
