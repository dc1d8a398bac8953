"""Registers raw, curated and warehouse data as Prefect assets, one materialisation per run and asset.

The events are those that ``@materialize`` emits (https://docs.prefect.io/v3/concepts/assets); their keys hold bucket and database,
which are known only when a run has read its settings.
"""

from collections.abc import Mapping

from prefect.assets import Asset, AssetProperties
from prefect.context import AssetContext
from prefect.events import emit_event

from tasks.orchestration.run import Run
from tasks.summary import RunSummary
from tasks.summary.run_summary import DatasetSummary


def materialize_assets(run: Run, summary: RunSummary) -> None:
    """Emits one event for every layer that the run wrote, with what is known of it.

    Args:
        run: the run.
        summary: how it went.
    """
    if not summary.calls.answered:
        return
    source = Asset(key=run.settings.api_url, properties=AssetProperties(name=f"Alpha Vantage ({run.settings.source})"))
    lake = f"s3://{run.settings.bucket_name}"
    raw = _asset(f"{lake}/raw/alpha_vantage", "Raw responses", "The exact bytes of every answer, stored once by their sha256.", summary)
    _materialized(raw, source, {"captures": summary.calls.answered, "bytes": summary.bytes.raw, "bytes_stored": summary.bytes.raw_stored})
    for dataset in summary.datasets:
        if dataset.curated:
            _materialize_dataset(run, summary, raw, dataset)


def _materialize_dataset(run: Run, summary: RunSummary, raw: Asset, dataset: DatasetSummary) -> None:
    settings, rows = run.settings, dataset.rows
    lake, warehouse = f"s3://{settings.bucket_name}", f"redshift://{settings.workgroup}/{settings.database_name}"
    curated = _asset(f"{lake}/curated/{dataset.name}", f"Curated {_plain(dataset.name)}", "One typed, sorted Parquet file a run.", summary)
    table = _asset(f"{warehouse}/{dataset.table.replace('.', '/')}", dataset.table, f"The {_plain(dataset.name)} of every symbol.", summary)
    counts = {"rows": rows.curated, "bytes": dataset.curated_bytes, "accepted": rows.accepted, "quarantined": rows.quarantined}
    _materialized(curated, raw, {**counts, "verdict": dataset.page})
    if rows.staged:
        _materialized(table, curated, {"rows": rows.staged, "new": rows.new, "changed": rows.changed, "unchanged": rows.unchanged})


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _asset(key: str, name: str, description: str, summary: RunSummary) -> Asset:
    return Asset(key=key, properties=AssetProperties(name=f"{name} ({summary.environment}, {summary.source})", description=description))


def _materialized(asset: Asset, upstream: Asset, metadata: Mapping[str, object]) -> None:
    emit_event("prefect.asset.referenced", resource=AssetContext.asset_as_resource(upstream))
    emit_event(
        "prefect.asset.materialization.succeeded",
        resource=AssetContext.asset_as_resource(asset),
        related=[AssetContext.asset_as_related(upstream), AssetContext.related_materialized_by("tickerhouse")],
        payload=dict(metadata),
    )
