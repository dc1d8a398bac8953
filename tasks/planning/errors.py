"""What planning refuses to work with.

::

    TickerhouseError
    ├── WrongUsage
    │   ├── BadSymbol           tasks/errors.py: a symbol that no listing could carry
    │   └── BadWatchlist        an entry or a file that cannot be, with its line
    ├── BadLedger               a stored ledger that is none
    ├── BadCapabilities         what is stored of a key's rights is none
    ├── BadPriceJumps                what is stored of unexplained moves is none
    └── BudgetSpent             the day, or a share of it, has no call left
"""

from tasks.errors import TickerhouseError, WrongUsage


class BadWatchlist(WrongUsage):
    """A watchlist that cannot be; the fact begins with the file's name and the line."""


class BadLedger(TickerhouseError):
    """What is stored as the day's ledger is none. It is not taken for an empty one: that would spend the day twice."""


class BadCapabilities(TickerhouseError):
    """What is stored of what a key may do is none."""


class BadPriceJumps(TickerhouseError):
    """What is stored of moves that no event explains is none."""


class BudgetSpent(TickerhouseError):
    """The day, or a share of it, has no call left by our own count; nothing was sent."""
