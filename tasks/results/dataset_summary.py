"""What a run brought beside daily prices, a kind each, for its summary."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tasks.bring_in import Brought
from tasks.errors import TickerhouseError
from tasks.reference import KINDS
from tasks.summary.run_summary import DatasetSummary, RowSummary


def summarise_datasets(every: Sequence[Brought], faults: Mapping[str, TickerhouseError]) -> Iterator[DatasetSummary]:
    """What became of every kind, those that met a fault included."""
    for brought in every:
        dataset, verdict, manifest = brought.kind.dataset, brought.verdict, brought.manifest
        yield DatasetSummary(
            name=dataset.name,
            table=dataset.table,
            rows=RowSummary(
                parsed=brought.parsed,
                deferred=brought.deferred,
                duplicates=verdict.duplicates if verdict else 0,
                accepted=verdict.accepted_rows if verdict else 0,
                quarantined=verdict.quarantined.num_rows if verdict else 0,
                curated=manifest.rows if manifest else 0,
                staged=brought.loaded.staged,
                new=brought.loaded.new,
                changed=brought.loaded.changed,
                unchanged=brought.loaded.unchanged,
            ),
            is_gate_open=brought.gate.is_open,
            error=" ".join(brought.gate.reasons),
            page=brought.page_uri,
            curated=manifest.file_uri if manifest else "",
            curated_bytes=manifest.file_bytes if manifest else 0,
        )
    for name, fault in faults.items():
        yield DatasetSummary(name=name, table=KINDS[name].dataset.table, rows=RowSummary(), error=str(fault))


def added(rows: Iterable[RowSummary]) -> RowSummary:
    """The rows of several kinds, together."""
    total = dict.fromkeys(RowSummary.model_fields, 0)
    for each in rows:
        for name, count in each.model_dump().items():
            total[name] += count
    return RowSummary(**total)
