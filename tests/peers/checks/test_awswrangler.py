"""awswrangler: a frame through COPY and back through UNLOAD."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

awswrangler = pytest.importorskip("awswrangler")
redshift_connector = pytest.importorskip("redshift_connector")
boto3 = pytest.importorskip("boto3")
pandas = pytest.importorskip("pandas")

ROLE = "arn:aws:iam::123456789012:role/redshift"
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def test_a_frame_goes_in_by_copy_and_comes_out_by_unload(address: "Address", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", address.trusted)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address.endpoint)
    session = boto3.Session(**address.keys)
    frame = pandas.DataFrame({"symbol": ["A", "B"], "close": [1.5, 2.5]})
    connection = redshift_connector.connect(
        host=address.host, port=address.port, user=address.user, password=address.password, database="dev", sslmode="verify-full"
    )
    path = f"s3://{address.bucket}/awswrangler"
    shared = {"con": connection, "iam_role": ROLE, "boto3_session": session}
    awswrangler.redshift.copy(frame, f"{path}/in/", schema="public", table="frames", mode="overwrite", **shared)
    read = awswrangler.redshift.unload("select * from public.frames", f"{path}/out/", **shared)
    connection.close()
    assert sorted(read["symbol"].tolist()) == ["A", "B"]
