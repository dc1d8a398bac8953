"""The errors of the warehouse, and the tree they form.

::

    WarehouseError                  base
    ├── ConnectionRefused           there is no session to work in
    │   ├── WorkgroupMissing        TICKERHOUSE_WORKGROUP names none
    │   ├── DatabaseMissing         TICKERHOUSE_DATABASE names none
    │   ├── WarehouseForbidden      credentials missing, expired or without the right
    │   └── WarehouseUnreachable    no answer; passes by itself
    ├── StatementFailed             one statement, in the warehouse's own words
    │   └── BadPlaceholder          an identifier, address or role that may not enter a statement
    ├── MigrationHistoryChanged     a recorded migration was edited, removed or preceded
    └── LoadFailed                  the transaction was rolled back; the table is as it was
        ├── CopyFailed              the file could not be read into the stage
        ├── StageCountMismatch      file, manifest and stage disagree
        ├── DuplicateKeys           a touched key stands twice, or not at all
        └── CheckViolated           a check beside the table that blocks (checks.py)
"""

from tasks.errors import TickerhouseError


class WarehouseError(TickerhouseError):
    """Base of everything the warehouse raises on purpose."""


class ConnectionRefused(WarehouseError):
    """There is no session to work in; nothing was read or written."""


class WorkgroupMissing(ConnectionRefused):
    """The workgroup that the settings name does not exist in that account and region."""


class DatabaseMissing(ConnectionRefused):
    """The workgroup is there, the database is not."""


class WarehouseForbidden(ConnectionRefused):
    """The AWS credentials are missing, expired, or lack the right to sign in."""


class WarehouseUnreachable(ConnectionRefused):
    """No answer within the timeout, or the certificate could not be verified; an idle workgroup resumes on first contact."""


class StatementFailed(WarehouseError):
    """A statement the warehouse refused; code, message and detail on one line."""


class BadPlaceholder(StatementFailed):
    """A value that cannot be bound and may not stand in a statement as it is spelt."""


class MigrationHistoryChanged(WarehouseError):
    """What was applied once is no longer what the files say; nothing further is applied."""


class LoadFailed(WarehouseError):
    """The load transaction was rolled back; the table is as it was and the staged files are kept."""


class CopyFailed(LoadFailed):
    """COPY refused the file; ``evidence["load_errors"]`` holds the rows of ``sys_load_error_detail``."""


class StageCountMismatch(LoadFailed):
    """Manifest, COPY and stage do not count the same rows."""


class DuplicateKeys(LoadFailed):
    """After MERGE a touched key did not stand exactly once."""


class CheckViolated(LoadFailed):
    """A check of the table that blocks did not hold; ``evidence["check"]`` is its file."""


class NotUndoable(WarehouseError):
    """A load that cannot be undone: later ones changed what it wrote, or its table keeps no former values; nothing was changed."""
