"""Which run holds an API key, so that the hold of a run that was killed can be told from one that lives."""

from dataclasses import asdict, dataclass

from tasks.lake.documents import get_json, put_json
from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.keys import holder_key
from tasks.lake.store import LakeStore


@dataclass(frozen=True)
class Holder:
    """A process that asks with a key.

    Attributes:
        run_id: its run.
        host: the machine it runs on.
        process: its number there.
    """

    run_id: str
    host: str
    process: int


def read_holder(store: LakeStore, key_fingerprint: str) -> Holder | None:
    """Who holds the key as far as is written down; None where nobody does.

    Raises:
        DocumentUnreadable: something else is stored.
    """
    key = holder_key(key_fingerprint)
    try:
        holder = get_json(store, key).get("holder")
        return None if holder is None else Holder(**holder)
    except ObjectMissing:
        return None
    except TypeError as error:
        raise DocumentUnreadable(f"{store.uri(key)} names no holder.", "Delete it.", {"cause": repr(error)}) from None


def write_holder(store: LakeStore, key_fingerprint: str, holder: Holder | None) -> None:
    """Writes down who holds the key, or that nobody does."""
    put_json(store, holder_key(key_fingerprint), {"holder": asdict(holder) if holder else None})
