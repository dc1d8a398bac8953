"""``python -m infra.local.redshift.conformance [--live workgroup]``: which claims hold, here or on a real workgroup."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

import redshift_connector

from infra.local.redshift import RedshiftServer
from infra.local.redshift.conformance.claims import broken, claims
from infra.local.redshift.credentials import EMBEDDED_USER


def main() -> int:
    """Ask every claim.

    Returns:
        The exit status: 0 where all hold.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.local.redshift.conformance")
    parser.add_argument(
        "--live", metavar="WORKGROUP", help="ask this Redshift Serverless workgroup, with the credentials of the environment"
    )
    parser.add_argument("--database", default="dev", help="its database; tables named in the claims are made in schema public")
    parser.add_argument("--region", default=None, help="its region")
    options = parser.parse_args()
    if options.live:
        live = {"iam": True, "is_serverless": True, "serverless_work_group": options.live, "database": options.database}
        return _asked(lambda: redshift_connector.connect(**live, region=options.region))
    with RedshiftServer(None, None) as server:
        return _asked(
            lambda: redshift_connector.connect(
                host=server.host, port=server.port, user=EMBEDDED_USER, password=server.issue_password(), database="dev", ssl=False
            )
        )


def _asked(connect: Callable[[], Any]) -> int:
    failed = list(broken(connect))
    for claim, found in failed:
        sys.stdout.write(f"{claim.text}: {claim.expected!r} expected, {found!r} answered\n  {claim.page}\n")
    total = len(claims())
    sys.stdout.write(f"{total - len(failed)} of {total} claims hold.\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
