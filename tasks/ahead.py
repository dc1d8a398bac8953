"""Makes one result of each of many things in threads, a few ahead of the caller that takes them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def ahead(make: Callable[[Given], Made], given: Iterable[Given], threads: int) -> Iterator[Made]:
    """What ``make`` returns for each of the given, in their order.

    The given are taken in the caller's thread. At most ``threads`` results are made or wait beside the one that the caller has.

    Args:
        make: called in a thread.
        given: what it is called with.
        threads: how many are made at once.

    Raises:
        Exception: what ``make`` raised, in its turn.
    """
    under_way: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="ahead") as pool:
        try:
            for each in given:
                under_way.append(pool.submit(make, each))
                if len(under_way) > threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
