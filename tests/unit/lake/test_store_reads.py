"""A body that breaks off is read again; a clock that is wrong is called a clock."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, ResponseStreamingError
from botocore.response import StreamingBody

from tasks.lake.errors import LakeForbidden, LakeUnreachable
from tasks.lake.s3_errors import translated
from tasks.lake.store import LakeStore


class CutClient:
    """Gives a body that breaks off a number of times, then the whole one; counts what it is asked."""

    def __init__(self, cuts: int, *, is_short: bool = False) -> None:
        self.cuts, self.is_short, self.asked = cuts, is_short, 0

    def get_object(self, **_: str) -> dict[str, Any]:
        self.asked += 1
        if self.asked > self.cuts:
            return {"Body": StreamingBody(io.BytesIO(b"whole"), 5), "ETag": '"1"'}
        # A short body is noticed by its length, a broken connection by the transport.
        return {"Body": StreamingBody(io.BytesIO(b"wh"), 5) if self.is_short else Broken(), "ETag": '"1"'}


class Broken:
    def read(self) -> bytes:
        raise ResponseStreamingError(error="Connection broken")


def store_of(client: CutClient) -> LakeStore:
    made: Any = client
    return LakeStore(made, "lake")


@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("cuts", [1, 2])
def test_a_body_that_breaks_off_is_read_again(cuts: int, *, is_short: bool) -> None:
    client = CutClient(cuts, is_short=is_short)
    assert store_of(client).get_tagged("a/key") == (b"whole", '"1"')
    assert client.asked == cuts + 1


def test_a_body_that_always_breaks_off_names_the_object() -> None:
    client = CutClient(9)
    with pytest.raises(LakeUnreachable, match="at a/key"):
        store_of(client).get("a/key")
    assert client.asked == 3


def test_a_skewed_clock_is_called_a_clock() -> None:
    answer: Any = {"Error": {"Code": "RequestTimeTooSkewed"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    with pytest.raises(LakeForbidden, match="clock of this machine") as caught, translated("lake", "a/key"):
        raise ClientError(answer, "GetObject")
    assert caught.value.way_out == "Set the clock, or let NTP set it, and run again."
