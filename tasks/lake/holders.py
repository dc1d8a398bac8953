"""Which run holds an API key or a table, so that the hold of a run that was killed can be told from one that lives."""

from dataclasses import asdict, dataclass

from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.json_documents import get_json, put_json
from tasks.lake.keys import holder_key
from tasks.lake.store import LakeStore


@dataclass(frozen=True)
class SlotOwner:
    """A process that asks with a key, or writes a table.

    Attributes:
        run_id: its run.
        host: the machine it runs on.
        process: its number there.
    """

    run_id: str
    host: str
    process: int


def read_holder(store: LakeStore, slot: str) -> SlotOwner | None:
    """Who holds the slot of a key (its fingerprint) or table, as far as is written down; None where nobody does.

    Raises:
        DocumentUnreadable: something else is stored.
    """
    key = holder_key(slot)
    try:
        holder = get_json(store, key).get("holder")
        return None if holder is None else SlotOwner(**holder)
    except ObjectMissing:
        return None
    except TypeError as error:
        raise DocumentUnreadable(f"{store.uri(key)} names no holder.", "Delete it.", {"cause": repr(error)}) from None


def write_holder(store: LakeStore, slot: str, holder: SlotOwner | None) -> None:
    """Writes down who holds the slot, or that nobody does."""
    put_json(store, holder_key(slot), {"holder": asdict(holder) if holder else None})
