"""How many examples a property gets (few in `make test`, many in `make test-all`), and writers that come in turn."""

import os
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tasks.lake.store import LakeStore

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("few", max_examples=25, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "deep", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "300")), deadline=None, suppress_health_check=_SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))


@pytest.fixture
def put_in_turn(monkeypatch: pytest.MonkeyPatch) -> Callable[[LakeStore], None]:
    """Lets the conditional writes to a store come one by one.

    Moto looks at the condition and stores in two steps; S3 does both at once.
    """

    def one_by_one(store: LakeStore) -> None:
        turn, put_if = threading.Lock(), store.put_if

        def put(key: str, body: bytes, content_type: str, tag: str | None) -> None:
            with turn:
                put_if(key, body, content_type, tag)

        monkeypatch.setattr(store, "put_if", put)

    return one_by_one
