"""Who comes first is served first."""

import threading
import time

import pytest

from tasks.alpha_vantage.fair_lock import FairLock


def test_those_who_wait_are_served_in_the_order_they_came() -> None:
    queue, served = FairLock(), list[int]()

    def wait_for(number: int) -> None:
        with queue:
            served.append(number)
            time.sleep(0.001)

    with queue:
        waiting = []
        for number in range(20):
            waiting.append(threading.Thread(target=wait_for, args=(number,)))
            waiting[-1].start()
            while queue.length < number + 2:
                time.sleep(0.001)
    for thread in waiting:
        thread.join(timeout=10.0)
    assert served == list(range(20))


def test_one_who_fails_lets_the_next_one_in() -> None:
    queue = FairLock()
    with pytest.raises(ValueError, match="no"), queue:
        raise ValueError("no")
    with queue:
        assert queue.length == 1
    assert queue.length == 0
