"""docs/how-to/add-a-dataset.md, followed word by word: from a response to the warehouse."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

import tasks.alpha_vantage
import tasks.datasets
from tasks.alpha_vantage.classify import recognise
from tasks.alpha_vantage.endpoints import shape_of
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.orchestration.planners import make_plan
from tasks.planning.inputs import PlanningInputs
from tasks.quality.context import Context, Market
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.records import Call, CapturedBody
from tasks.sessions import SessionClock
from tasks.warehouse import statements, templates
from tasks.warehouse.migrations import migrate, read_migrations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tasks.datasets import Dataset
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).resolve().parents[3]
HOW_TO = ROOT / "docs" / "how-to"
PAGE = (HOW_TO / "add-a-dataset.md").read_text()
OBSERVED = datetime(2026, 5, 17, 12, tzinfo=UTC)


def blocks() -> dict[str, str]:
    """Path and content of every block of the page; a block's path is the last one in bold text before it."""
    found = re.finditer(r"^```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return {re.findall(r"^\*\*\d\. [\w ]+\*\*, `([\w/.]+)`", PAGE[: block.start()], re.MULTILINE)[-1]: block[1] for block in found}


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the page in a folder of their own, in which the two packages look as well."""
    for path, content in blocks().items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    for package in (tasks.alpha_vantage, tasks.datasets):
        folder = tmp_path / package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    importlib.invalidate_caches()
    shape_of.cache_clear()
    yield tmp_path
    shape_of.cache_clear()
    for name in ("tasks.alpha_vantage.shares_outstanding", "tasks.datasets.share_counts"):
        sys.modules.pop(name, None)


def share_counts() -> Dataset:
    module: ModuleType = importlib.import_module("tasks.datasets.share_counts")
    dataset: Dataset = module.SHARE_COUNTS
    return dataset


def test_the_page_costs_four_files_beside_the_table() -> None:
    assert list(blocks()) == [
        "tasks/alpha_vantage/shares_outstanding.py",
        "tests/unit/fixtures/shares_outstanding/ibm.json",
        "expectations/share_counts.json",
        "tasks/datasets/share_counts.py",
    ]
    assert blocks()["tasks/datasets/share_counts.py"].count("\n") < 120


@pytest.mark.usefixtures("followed")
def test_the_entry_of_the_page_lists_the_dataset() -> None:
    source = (ROOT / "tasks" / "datasets" / "__init__.py").read_text()
    (listed,) = re.findall(r"for dataset in \((.*?)\)", source)
    changed = "from tasks.datasets.share_counts import SHARE_COUNTS\n" + source.replace(listed, f"{listed}, SHARE_COUNTS")
    names: dict[str, object] = {"__name__": "followed"}
    exec(compile(changed, "__init__.py", "exec"), names)  # noqa: S102 - running the page is the point
    listed_datasets, coverage = names["DATASETS"], names["COVERAGE_OF"]
    assert isinstance(listed_datasets, type(tasks.datasets.DATASETS))
    assert isinstance(coverage, type(tasks.datasets.COVERAGE_OF))
    assert listed_datasets["share_counts"] is share_counts()
    assert coverage["SHARES_OUTSTANDING"] == "share_counts"


@pytest.mark.usefixtures("followed")
def test_a_plan_requests_the_dataset_of_the_page() -> None:
    inputs = PlanningInputs(("IBM",), SessionClock(OBSERVED, timedelta(hours=4)), OBSERVED, lambda _dataset: {}, 25)
    assert [(call.function, call.symbol) for call in make_plan(inputs, [share_counts()]).plan.calls] == [("SHARES_OUTSTANDING", "IBM")]


def test_a_response_of_the_page_reaches_the_warehouse(
    followed: Path, lake: Lake, empty_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = share_counts()
    body = (followed / "tests/unit/fixtures/shares_outstanding/ibm.json").read_bytes()
    assert recognise(Call("SHARES_OUTSTANDING", "IBM"), 200, "application/json", body) is None
    broken = body.replace(b"}]", b'}, {"date": "2026-06-31", "shares_outstanding_basic": "921.5"}]')

    rows = dataset.parse([CapturedBody("IBM", "raw/x", OBSERVED, broken)]).table
    assert dataset.count_rows(broken) == rows.num_rows == 2

    suite = load_suite(followed / "expectations/share_counts.json", dataset.checks)
    context = Context(Market(np.array(["2026-05-15"], dtype="datetime64[D]"), date(2026, 5, 15)), ["IBM"], limit=1.0)
    verdict = validate(rows, dataset.checks, suite, run_id="run-1", context=context)
    assert verdict.reason_counts == {"date is invalid": 1, "shares are not a whole number": 1}
    names = [name for name in dataset.checks.parsed.names if not name.endswith("_text")]
    curated = dataset.curate(verdict.accepted_columns(*names), None)
    assert isinstance(curated, pa.Table)
    assert curated.select(["symbol", "counted_on", "shares"]).to_pylist() == [
        {"symbol": "IBM", "counted_on": date(2026, 3, 31), "shares": 921_000_000}
    ]

    add_table(followed, monkeypatch)
    with closing(empty_warehouse.open()) as connection:
        migrate(connection, read_migrations(followed / "tables"))
    parquet = to_parquet(curated, dataset.schema)
    check_footer(parquet, dataset.schema, 1)
    manifest = write_manifest(lake.store, write_curated_file(lake.store, dataset.name, parquet, 1, "run-1"))
    first, second = (empty_warehouse.load_table(manifest, dataset.schema) for _ in range(2))
    assert (first.new, second.new, second.changed) == (1, 0, 0)
    assert empty_warehouse.ask("SELECT symbol, shares, run_id FROM market.fact_share_count") == [("IBM", 921_000_000, "run-1")]


def add_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of docs/how-to/add-a-table.md, beside copies of the others."""
    tables = folder / "tables"
    shutil.copytree(Path(statements.__file__).parent / "tables", tables)
    page = (HOW_TO / "add-a-table.md").read_text()
    for name, text in re.findall(r"`tables/(fact_share_count/\w+\.sql)`\n\n```sql\n(.*?)```", page, re.DOTALL):
        (tables / name).parent.mkdir(exist_ok=True)
        (tables / name).write_text(text)
    monkeypatch.setattr(statements, "tables", lambda: tables)
    monkeypatch.setattr(templates, "tables", lambda: tables)
