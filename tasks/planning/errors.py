"""Errors of planning.

::

    TickerhouseError
    ├── WrongUsage
    │   ├── BadSymbol           tasks/errors.py: a symbol that no listing could carry
    │   └── BadWatchlist        an invalid entry or file, with its line
    └── BudgetSpent             the day, or a share of it, has no call left
"""

from tasks.errors import TickerhouseError, WrongUsage


class BadWatchlist(WrongUsage):
    """An invalid watchlist; the fact begins with the file's name and the line."""


class BudgetSpent(TickerhouseError):
    """The day, or a share of it, has no call left by our own count; nothing was sent."""
