"""The errors of the Alpha Vantage stand-in, and the tree they form.

::

    EmbeddedStackError              infra/local/errors.py
    ├── StandInError                what the stand-in cannot be asked for
    │   ├── BadSource               settings of a source that cannot be
    │   ├── BadScenario             a scenario that cannot be
    │   └── OutsideCalendar         an instant for which no exchange session is known
    └── RecordingMissing            the folder to replay is not there or holds nothing to replay
"""

from infra.local.errors import EmbeddedStackError, RecordingMissing

__all__ = ["BadScenario", "BadSource", "OutsideCalendar", "RecordingMissing", "StandInError"]


class StandInError(EmbeddedStackError):
    """Base of what the stand-in cannot be asked for."""


class BadSource(StandInError):
    """Settings of a source that cannot be."""


class BadScenario(StandInError):
    """A scenario that cannot be."""


class OutsideCalendar(StandInError):
    """An instant for which no exchange session is known."""
