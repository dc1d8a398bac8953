"""Errors of a curated file.

::

    TickerhouseError
    └── CurationError
        ├── IncompleteBar       an accepted row with a null where the table takes none
        └── ParquetDoesNotFit   a file that COPY would refuse or misread
"""

from tasks.errors import TickerhouseError


class CurationError(TickerhouseError):
    """Base of this module's errors."""


class IncompleteBar(CurationError):
    """An accepted row with a null where the table takes none; the suite let it through."""


class ParquetDoesNotFit(CurationError):
    """A file that COPY would refuse or misread, found before COPY sees it."""
