"""Whether a store looks at the conditions of a write. Amazon S3 does; servers that merely speak its protocol may store regardless."""

from tasks.lake.errors import LakeError, ObjectChanged
from tasks.lake.json_documents import JSON
from tasks.lake.keys import probe_key
from tasks.lake.store import LakeStore

_BODY = b"{}\n"


def supports_conditional_writes(store: LakeStore, key_fingerprint: str) -> bool:
    """Probes on an object of its own: is a write refused that must not happen, in both forms of the condition?

    Args:
        store: what is asked.
        key_fingerprint: names the object.

    Raises:
        LakeError: the store cannot be written at all.
    """
    key = probe_key(key_fingerprint)
    store.put(key, _BODY, JSON)
    return _is_refused(store, key, None) and _is_refused(store, key, '"0"')


def _is_refused(store: LakeStore, key: str, tag: str | None) -> bool:
    try:
        store.put_if(key, _BODY, JSON, tag)
    except ObjectChanged:
        return True
    except LakeError:
        # A server that does not know the header at all gives no guard either.
        return False
    return False
