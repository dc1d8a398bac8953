"""The errors of the Alpha Vantage stand-in, and the tree they form.

::

    EmbeddedStackError              infra/local/errors.py
    ├── StandInError                what the stand-in cannot be asked for
    │   ├── BadSource               invalid settings of a source
    │   ├── BadScenario             an invalid scenario
    │   └── OutsideCalendar         an instant for which no exchange session is known
    └── RecordingMissing            the folder to replay is not there or holds nothing to replay
"""

from infra.local.errors import EmbeddedStackError, RecordingMissing

__all__ = ["BadScenario", "BadSource", "OutsideCalendar", "RecordingMissing", "StandInError"]


class StandInError(EmbeddedStackError):
    """Base of what the stand-in cannot be asked for."""


class BadSource(StandInError):
    """Invalid settings of a source."""


class BadScenario(StandInError):
    """An invalid scenario."""


class OutsideCalendar(StandInError):
    """An instant for which no exchange session is known."""
