"""Errors of validation itself.

::

    QualityError
    ├── SuiteBroken        a suite that cannot be used as it is written
    ├── UnexpectedColumns  a table that is not what the parser gives
    └── ValidatorBroke     the validator could not finish; says nothing about the data

Bad data is never an error here: it is a verdict.
"""

from tasks.errors import TickerhouseError


class QualityError(TickerhouseError):
    """Base of everything the gate raises."""


class SuiteBroken(QualityError):
    """A suite in ``expectations/`` that is not readable, misspells an expectation or names a column that does not exist."""


class UnexpectedColumns(QualityError):
    """The table to validate has other columns or types than its validation target has, or lacks its captures."""


class ValidatorBroke(QualityError):
    """An expectation could not be evaluated. The fault is ours, so it must never become a verdict on the data."""
