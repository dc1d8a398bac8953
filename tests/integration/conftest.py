"""What several of these tests need, once a worker: moto's S3 over HTTP, and a Prefect server."""

from collections.abc import Iterator

import pytest

from infra.local.prefect_database import begin_with_template
from tests.s3_server import s3_server


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of moto's S3."""
    with s3_server() as address:
        yield address


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
