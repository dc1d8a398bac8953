"""Stores responses that are not data, for people to inspect."""

import hashlib
from datetime import datetime

from tasks.lake.keys import rejected_key
from tasks.lake.store import LakeStore
from tasks.records import Call


def store_rejected(store: LakeStore, call: Call, body: bytes, received: datetime, run_id: str) -> str:
    """Stores a refusal's body under ``rejected/`` and returns its key; never under ``raw/``.

    Args:
        store: where to.
        call: the call.
        body: already scrubbed of the API key.
        received: when, timezone-aware.
        run_id: the run that sent it.
    """
    key = rejected_key(call.function, call.symbol, hashlib.sha256(body).hexdigest(), received, run_id)
    store.put(key, body, "text/plain")
    return key
