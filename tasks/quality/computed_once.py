"""A property of a library's class that is worked out once for each object, while a block runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_CHANGING: Final = threading.RLock()
"""The class is the process's: a block that began within another thread's would put that one's property back for good."""


@contextmanager
def computed_once(owner: type[Any], name: str) -> Iterator[None]:
    """Remembers what a property gives, for every object of a class and of those derived from it; forgotten with the block.

    For objects that nobody changes meanwhile, and what the property gives neither. One thread at a time; another waits.

    Args:
        owner: the class that has the property.
        name: the property's name.
    """
    with _CHANGING:
        given: property = vars(owner)[name]
        work_out = given.fget
        assert work_out is not None
        # By identity, because a library's objects need not be hashable; each is kept, or its identity could become another's.
        known: dict[int, tuple[Any, Any]] = {}

        def once(self: Any) -> Any:
            if id(self) not in known:
                known[id(self)] = (self, work_out(self))
            return known[id(self)][1]

        setattr(owner, name, property(once))
        try:
            yield
        finally:
            setattr(owner, name, given)
