"""What several of these tests need, once a worker: moto's S3 over HTTP, and a Prefect server."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from infra.local.prefect_database import begin_with_template


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of moto's S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server with an empty database, to which flows and locks of this process go from now on."""
    # Seconds of imports, which only these tests pay for.
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415
    from prefect.testing import utilities  # noqa: PLC0415

    # Where the harness keeps its database; it is there already, because migrating an empty one takes longer than a test does.
    folder = tmp_path_factory.mktemp("prefect")
    if begin_with_template(folder):
        (folder / "prefect.db").rename(folder / "prefect-test.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utilities, "mkdtemp", lambda: str(folder))
        with utilities.prefect_test_harness(server_startup_timeout=90):
            yield str(PREFECT_API_URL.value())
