"""One process for the servers we wrote: the embedded Redshift with its control plane, the Alpha Vantage stand-in, the Slack inbox.

``python -m infra.local.services`` reads its configuration as one line of JSON from standard input and serves until that closes,
which it does when the command that started it ends, however it ends.
"""

import logging
import signal
import sys
import threading
from pathlib import Path

from infra.local.alpha_vantage import AlphaVantageServer
from infra.local.redshift import Certificate, ControlPlane, RedshiftServer, S3Access
from infra.local.services_configuration import ServicesConfiguration
from infra.local.slack import SlackInbox


def main() -> None:
    """Serves until standard input closes or the process is asked to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    configuration = ServicesConfiguration.from_line(sys.stdin.readline())
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    threading.Thread(target=_wait_for_end_of_input, args=(end,), daemon=True).start()
    folder, ports = Path(configuration.folder), configuration.ports
    s3 = S3Access(configuration.s3_endpoint, configuration.access_key, configuration.secret_key, configuration.region)
    certificate = Certificate(Path(configuration.certificate), Path(configuration.private_key))
    with (
        RedshiftServer(folder / "redshift", s3, certificate=certificate, port=ports["redshift"]) as redshift,
        ControlPlane(redshift, configuration.workgroup, port=ports["control_plane"]),
        AlphaVantageServer(port=ports["alpha_vantage"]),
        SlackInbox(folder / "slack", port=ports["slack"]),
    ):
        end.wait()


def _wait_for_end_of_input(end: threading.Event) -> None:
    sys.stdin.read()
    end.set()


if __name__ == "__main__":
    main()
