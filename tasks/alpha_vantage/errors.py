"""Errors of a response body that does not have its endpoint's shape.

::

    TickerhouseError
    ├── Refusal                 refusals.py: an answer that is not data
    └── UnknownShape            a body that is not what its endpoint's data look like
        ├── AnotherSymbol       it is somebody else's
        ├── NoRows              it has the right form and no row
        └── CutOff              it breaks off in its last line
"""

from tasks.errors import TickerhouseError


class UnknownShape(TickerhouseError):
    """A body is not what its endpoint's data look like; nothing of it was guessed."""


class AnotherSymbol(UnknownShape):
    """The body names another symbol than the requested one."""


class NoRows(UnknownShape):
    """The body has the right form and no row."""


class CutOff(UnknownShape):
    """The body breaks off before its last line is complete."""
