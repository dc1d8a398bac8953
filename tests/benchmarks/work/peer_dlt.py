"""The same delta by dlt's merge: Parquet files staged in S3, COPY into a stage, DELETE what has the same key, INSERT; no more than that.

Runs in an environment of dlt's own (``python -m tests.peers dlt`` makes one), because its requirements are not ours::

    PYTHON tests/benchmarks/work/peer_dlt.py     reads where to as one line of JSON, then a Parquet file a line; prints the seconds of each
"""

import json
import sys
import tempfile
import time
from typing import Any

import dlt
import pyarrow.parquet as pq


def main() -> None:
    """Upserts file by file."""
    place: dict[str, Any] = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "peer",
            destination=dlt.destinations.redshift(place["warehouse"]),
            staging=dlt.destinations.filesystem(place["stage"], place["s3"]),
            dataset_name=place["schema"],
            pipelines_dir=folder,
        )
        for line in sys.stdin:
            bars = pq.read_table(line.strip())
            begun = time.perf_counter()
            loaded = pipeline.run(
                bars,
                table_name=place["table"],
                write_disposition="merge",
                primary_key=["symbol", "session_date"],
                loader_file_format="parquet",
            )
            loaded.raise_on_failed_jobs()
            print(time.perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main()
