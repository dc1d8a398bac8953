"""A lock per API key: one run at a time sends calls with a key, through a strict Prefect concurrency limit.

The slot makes the day's ledger whole: no run reads it between another's read and write (``tasks/orchestration/concurrency.py``). A ledger
lies in the lake of one environment, so the key belongs to that one: the first run writes that down beside the slot, and a run with
another lake is refused the key, because neither would know what the other has spent.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import VariableCreate

from tasks.errors import TickerhouseError
from tasks.orchestration.concurrency import ConcurrencySlot, SlotTaken, hold
from tasks.orchestration.prefect_server import naming_a_lost_server

logger = logging.getLogger("tickerhouse.step.extract")

_LONGEST_WAIT_SECONDS: Final = 1800.0


class KeyInUse(SlotTaken):
    """Another run sends calls with the same key and did not end in time."""


class KeyOfAnotherEnvironment(TickerhouseError):
    """The calls of this key are counted in the lake of another environment."""


def slot_name(key_fingerprint: str) -> str:
    """The name of a key's slot in Prefect."""
    return f"alpha-vantage-key-{key_fingerprint}"


@contextmanager
def hold_key(run_id: str, key_fingerprint: str, ledger: str = "", longest_wait: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Holds a key for as long as the block runs; waits while another run holds it.

    Args:
        run_id: who holds it.
        key_fingerprint: stands for the key.
        ledger: the bucket in which the calls of the key are counted; empty for a key that is none, as that of made-up prices.
        longest_wait: seconds to wait for another run.

    Raises:
        KeyInUse: the other run did not end in that time.
        KeyOfAnotherEnvironment: the calls of the key are counted in another bucket.
    """
    slot = ConcurrencySlot(slot_name(key_fingerprint), "asks with the same key", longest_wait, held=KeyInUse)
    with hold(slot, run_id, logger):
        if ledger:
            _claim(key_fingerprint, ledger)
        yield


def refuse_other_ledger(key_fingerprint: str, ledger: str) -> bool:
    """Sees that nobody else counts the calls of a key.

    Args:
        key_fingerprint: stands for the key.
        ledger: the bucket in which its calls are counted from here.

    Returns:
        Whether that is written down on the Prefect server.

    Raises:
        KeyOfAnotherEnvironment: another bucket is.
    """
    with get_client(sync_client=True) as client:
        known = client.read_variable_by_name(_ledger_variable(key_fingerprint))
    if known is not None and known.value != ledger:
        raise KeyOfAnotherEnvironment(
            f"The calls of this API key are counted in the bucket {known.value}, and would be counted in {ledger} from here.",
            "Give each environment a key of its own; if the other one is gone: "
            f"prefect variable unset {_ledger_variable(key_fingerprint)}.",
        )
    return known is not None


def _claim(key_fingerprint: str, ledger: str) -> None:
    with naming_a_lost_server():
        if not refuse_other_ledger(key_fingerprint, ledger):
            with get_client(sync_client=True) as client:
                client.create_variable(VariableCreate(name=_ledger_variable(key_fingerprint), value=ledger))


def _ledger_variable(key_fingerprint: str) -> str:
    return f"{slot_name(key_fingerprint)}-ledger"
