"""An embedded stack for a container: opened, told in one line of JSON, kept until standard input ends.

A process of its own: ``python -m tests.infra.stack_process`` in a ``TICKERHOUSE_HOME`` of its own.
"""

import json
import os
import sys
from datetime import UTC, datetime

from flows.command_line.environment import read_environment, ready

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
LEADING = ("ALPHAVANTAGE_", "AWS_", "PREFECT_API_URL", "TICKERHOUSE_")


def _keep() -> None:
    with ready(read_environment(None), for_run=True, as_of=AS_OF) as around:
        settings = around.settings
        # To the container this is AWS, at other addresses: it has no embedded stack to start.
        named = {
            "TICKERHOUSE_STACK": "aws",
            "TICKERHOUSE_BUCKET": settings.bucket_name,
            "TICKERHOUSE_DATABASE": settings.database_name,
            "TICKERHOUSE_WORKGROUP": settings.workgroup,
            "TICKERHOUSE_HOME": "/home/tickerhouse/.tickerhouse",
            "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"],
        }
        found = {name: value for name, value in os.environ.items() if name.startswith(LEADING)} | named
        sys.stdout.write(f"{json.dumps(found)}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _keep()
