"""What can go wrong with the embedded stack itself; never with what runs on it.

::

    EmbeddedStackError
    ├── StackBusy          another command holds this checkout's stack
    ├── PortTaken          a port the user set is in use
    ├── ServerNotStarted   a server ended or stayed silent; its log's last lines are in the text
    └── RecordingMissing   the folder to replay is not there or holds nothing to replay
"""


class EmbeddedStackError(Exception):
    """Base of the embedded stack's errors: one line, the fact and the way out."""

    def __init__(self, fact: str, way_out: str = "") -> None:
        self.fact = fact
        self.way_out = way_out
        super().__init__(" ".join(part for part in (fact, way_out) if part))


class StackBusy(EmbeddedStackError):
    """Another command holds this checkout's stack."""


class PortTaken(EmbeddedStackError):
    """A port the user set is in use."""


class ServerNotStarted(EmbeddedStackError):
    """A server ended or stayed silent while it was starting."""


class RecordingMissing(EmbeddedStackError):
    """The folder to replay is not there or holds nothing to replay."""
