"""The errors of Tickerhouse, and the tree they form.

::

    TickerhouseError            something a person can act on; exit code 1
    ├── WrongUsage              the request itself is invalid; exit code 2
    │   ├── UnknownSetting      TICKERHOUSE_<no such name>
    │   ├── BadSetting          a setting with an invalid value
    │   └── BadSymbol           a symbol that no listing could carry
    ├── LakeError               tasks/lake/errors.py
    ├── Refusal                 tasks/alpha_vantage/refusals.py
    ├── CurationError           tasks/curation/errors.py
    ├── QualityError            tasks/quality/errors.py
    ├── WarehouseError          tasks/warehouse/errors.py
    └── EmbeddedStackError      infra/local/errors.py

An error is named after the fact. Its text is one line: the fact, then the way out. What proves it travels in ``evidence``.
"""

from collections.abc import Mapping


class TickerhouseError(Exception):
    """Base of everything Tickerhouse raises on purpose; exists for ``except`` and for the exit status.

    Args:
        fact: what is the case, one sentence, no secret in it.
        way_out: what the reader does next, one sentence or a command.
        evidence: names and values that prove the fact (keys, counts, excerpts already scrubbed of the API key).
    """

    exit_code = 1

    def __init__(self, fact: str, way_out: str = "", evidence: Mapping[str, object] | None = None) -> None:
        self.fact = fact
        self.way_out = way_out
        self.evidence = dict(evidence or {})
        super().__init__(" ".join(part for part in (fact, way_out) if part))


class WrongUsage(TickerhouseError):
    """The request is invalid, whatever the data; nothing was started."""

    exit_code = 2


class UnknownSetting(WrongUsage):
    """An environment variable that starts with ``TICKERHOUSE_`` and names no setting."""


class BadSetting(WrongUsage):
    """A setting with an invalid value."""


class BadSymbol(WrongUsage):
    """A symbol that no listing could carry."""
