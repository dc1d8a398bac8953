"""What an API key may do, kept between runs; what it means is the planning's business."""

from collections.abc import Mapping
from typing import Any

from tasks.lake.errors import ObjectMissing
from tasks.lake.json_documents import get_json, put_json
from tasks.lake.keys import capabilities_key
from tasks.lake.store import LakeStore


def read_capabilities(store: LakeStore, key_fingerprint: str) -> dict[str, Any]:
    """The capabilities as they were written; empty before the key's first run.

    Raises:
        DocumentUnreadable: the document is no JSON object.
    """
    try:
        return get_json(store, capabilities_key(key_fingerprint))
    except ObjectMissing:
        return {}


def write_capabilities(store: LakeStore, key_fingerprint: str, capabilities: Mapping[str, Any]) -> None:
    """Writes the capabilities whole.

    Args:
        store: where to.
        key_fingerprint: stands for the API key, which is never written.
        capabilities: what JSON can say.
    """
    put_json(store, capabilities_key(key_fingerprint), capabilities)
