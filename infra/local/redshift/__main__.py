"""``python -m infra.local.redshift``: the embedded Redshift alone, without the pipeline, until Ctrl-C."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from infra.local.redshift import AlreadyOpen, RedshiftServer, S3Access
from infra.local.redshift.credentials import EMBEDDED_USER

_FOREVER = 10.0 * 365 * 24 * 3600


def main(arguments: list[str] | None = None) -> int:
    """Serve until the process is asked to end.

    Returns:
        The exit status: 0, or 1 where the port or a database file is taken.
    """
    options = _parser().parse_args(arguments)
    access = None
    if options.s3_endpoint:
        key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        access = S3Access(options.s3_endpoint, key, secret, os.environ.get("AWS_REGION", "us-east-1"))
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    server = RedshiftServer(options.data, access, host=options.host, port=options.port)
    try:
        server.start()
    except (AlreadyOpen, OSError) as error:
        sys.stderr.write(f"The embedded Redshift did not start: {error}\n")
        return 1
    try:
        server.create_database(options.database)
        password = options.password or server.issue_credentials(EMBEDDED_USER, _FOREVER).password
        server.admit(EMBEDDED_USER, password)
        sys.stdout.write(f"postgresql://{EMBEDDED_USER.replace(':', '%3A')}:{password}@{server.host}:{server.port}/{options.database}\n")
        sys.stdout.flush()
        end.wait()
    finally:
        server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local.redshift", description="An embedded Amazon Redshift on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5439, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=None, help="folder of the databases; without it everything is kept in memory")
    parser.add_argument("--database", default="dev", help="a database to make (default: %(default)s)")
    parser.add_argument("--password", default=None, help=f"the password of {EMBEDDED_USER}; without it one is made and printed")
    parser.add_argument(
        "--s3-endpoint", default=None, help="where COPY and UNLOAD find S3, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
