"""What the supervisor of the servers is given, and what it lets commands know: two small JSON texts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

from infra.local.whole_file import write_whole

STATE_FILE: Final = "running.json"


@dataclass(frozen=True)
class SupervisorConfiguration:
    """What a supervisor is given when it is started.

    Attributes:
        folder: the stack's folder.
        wanted_ports: ports the user set, by server name.
        servers: the names of the servers to start, in this order.
        awaited: those of them that the command waits for; the others start when these are ready.
        identity: what the stack is made of; a command that finds another identity starts the stack again.
        token: tells this supervisor's state from that of an earlier one.
    """

    folder: str
    wanted_ports: Mapping[str, int]
    servers: tuple[str, ...]
    awaited: tuple[str, ...]
    identity: str
    token: str

    def to_line(self) -> bytes:
        """The configuration as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The inverse of ``to_line``."""
        values = json.loads(line)
        return cls(**{**values, "servers": tuple(values["servers"]), "awaited": tuple(values["awaited"])})


@dataclass(frozen=True)
class Failure:
    """Why the servers could not be started or kept running.

    Attributes:
        error: the name of a class in ``infra.local.errors``.
        fact: what happened.
        way_out: what to do.
    """

    error: str
    fact: str
    way_out: str


@dataclass(frozen=True)
class SupervisorState:
    """What runs, as the supervisor last wrote it.

    Attributes:
        token: of the configuration.
        identity: of the configuration.
        pid: the supervisor's.
        servers: the names of the servers that it keeps running.
        ports: by server name; empty until they are chosen.
        ready: of each server that answers, the seconds until it did.
        failure: why it ended, if it did not end as asked.
        restarts: of each server that ended by itself, how often it was started again.
    """

    token: str
    identity: str
    pid: int
    servers: tuple[str, ...]
    ports: Mapping[str, int] = field(default_factory=dict)
    ready: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    restarts: Mapping[str, int] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Replaces the state in the stack's folder."""
        write_whole(folder / STATE_FILE, json.dumps(asdict(self)) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The state in the stack's folder; None where there is none, or where an older version wrote it."""
        try:
            values = json.loads((folder / STATE_FILE).read_text())
            failure = Failure(**values["failure"]) if values["failure"] else None
            return cls(**{**values, "servers": tuple(values["servers"]), "failure": failure})
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
