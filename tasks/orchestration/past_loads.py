"""What the lake knows of past loads: which manifests were loaded, the newest of them, and when the warehouse was last looked at."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from tasks.datasets import DATASETS
from tasks.lake import keys
from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.json_documents import get_json
from tasks.lake.manifests import read_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.state import LastContact
from tasks.warehouse.rebuild import PastLoad
from tasks.warehouse.replaced_series import RELEASE
from tasks.warehouse.undo import UNDO

logger = logging.getLogger("tickerhouse.step.rebuild")

_BY_A_PERSON: Final = "~"


def loads_of_the_lake(lake: LakeStore, known: Collection[str]) -> list[PastLoad]:
    """The loads that the lake holds, and the undos of loads, that are not among the known ones, in the order of their runs, releases last.

    A manifest whose run says that it loaded nothing of it is left out: its rows were refused by the warehouse. So is one that cannot be
    read, which is logged by name.

    Args:
        lake: of the run.
        known: ``s3://`` addresses of manifests.

    Raises:
        LakeError: the lake cannot be read, or a manifest's file is not what it names.
    """
    found = []
    for dataset in DATASETS.values():
        for key in lake.keys(f"manifests/{dataset.name}/"):
            run_id = key.rpartition("/")[2].removesuffix(".json")
            if lake.uri(key) in known or not _was_loaded(lake, dataset.name, run_id):
                continue
            try:
                manifest = read_manifest(lake, key)
            except DocumentUnreadable as error:
                logger.warning("skipped a load: %s", error)
                continue
            found.append(PastLoad(dataset.name, manifest.run_id, manifest.uri, manifest.rows))
    found += [past for past in recorded_undos(lake) if past.manifest_uri not in known]
    return sorted(found, key=in_order)


def recorded_undos(lake: LakeStore) -> list[PastLoad]:
    """Every undo that the lake has a record of, oldest first; the record's address stands for a manifest's.

    Raises:
        LakeError: the lake cannot be read.
    """
    found = sorted(lake.keys(f"manifests/{UNDO}/"))
    return [PastLoad(UNDO, key.rpartition("/")[2].removesuffix(".json"), lake.uri(key), 0) for key in found]


def in_order(past: PastLoad) -> tuple[str, str]:
    """Where a load stands among others: by its run, which begins with its time; what a person released comes last."""
    return (_BY_A_PERSON + past.run_id if past.run_id.startswith(RELEASE) else past.run_id, past.dataset)


def remember_contact(lake: LakeStore, manifest_uri: str | None, now: datetime) -> None:
    """Stores that the warehouse was reached, and what was loaded last.

    Args:
        lake: of the run.
        manifest_uri: the newest load; None keeps the one that is known.
        now: UTC.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    state.last_contact().change(lake, lambda before: LastContact(now, manifest_uri or (before.newest_load if before else "")))


def _was_loaded(lake: LakeStore, dataset: str, run_id: str) -> bool:
    key = keys.run_key(run_id)
    try:
        return _staged(get_json(lake, key), dataset) > 0
    except ObjectMissing:
        # A release has no summary, and a run that was killed after its load left none; loading twice changes nothing.
        return True
    except DocumentUnreadable as error:
        logger.warning("%s What its run left is taken for loaded.", error.fact)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        logger.warning("%s is not the summary of a run (%r). What its run left is taken for loaded.", lake.uri(key), error)
    return True


def _staged(summary: Mapping[str, Any], dataset: str) -> int:
    datasets: dict[str, int] = {each["name"]: each["rows"]["staged"] for each in summary.get("datasets", ())}
    return int(datasets.get(dataset, summary.get("rows", {}).get("staged", 1)))
