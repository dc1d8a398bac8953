"""The ports of one checkout's stack: chosen once, kept, another taken only where one is busy."""

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.local.errors import PortTaken
from infra.local.whole_file import write_whole

HOST: Final = "127.0.0.1"

# Below the ranges that Linux and macOS hand out to outgoing connections, so that a kept port is rarely taken by chance.
_FIRST_PORT: Final = 20_000
_LAST_PORT: Final = 29_999


def check_names(wanted: Mapping[str, int], servers: Sequence[str]) -> None:
    """Lets ports pass whose servers there are.

    Raises:
        PortTaken: a wanted port names no server.
    """
    unknown = sorted(set(wanted) - set(servers))
    if unknown:
        raise PortTaken(f"TICKERHOUSE_PORTS names {', '.join(unknown)}, which is no server.", f"The servers are {', '.join(servers)}.")


def choose_ports(folder: Path, servers: Sequence[str], wanted: Mapping[str, int]) -> dict[str, int]:
    """Gives every server a port on 127.0.0.1 and remembers it in ``<folder>/ports.json``.

    Args:
        folder: the stack's folder; its path decides where the search begins, so that two checkouts seldom meet.
        servers: the servers' names.
        wanted: ports the user set, by server name; they are taken or refused, never replaced.

    Raises:
        PortTaken: a wanted port is in use, or names no server.
    """
    check_names(wanted, servers)
    kept = kept_ports(folder)
    chosen: dict[str, int] = {}
    candidates = _candidates(folder)
    for server in servers:
        if server in wanted:
            if not is_free(wanted[server]):
                raise PortTaken(f"Port {wanted[server]}, set for {server}, is in use.", "Free it, or set another in TICKERHOUSE_PORTS.")
            chosen[server] = wanted[server]
        elif server in kept and is_free(kept[server]):
            chosen[server] = kept[server]
        else:
            taken = {*kept.values(), *chosen.values(), *wanted.values()}
            chosen[server] = next(port for port in candidates if port not in taken and is_free(port))
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(_file(folder), json.dumps(kept | chosen, indent=2, sort_keys=True) + "\n")
    return chosen


def kept_ports(folder: Path) -> dict[str, int]:
    """The ports that the stack of a folder had last, by server name; none where it never ran."""
    file = _file(folder)
    kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return kept


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _file(folder: Path) -> Path:
    return folder / "ports.json"


def _candidates(folder: Path) -> Iterator[int]:
    span = _LAST_PORT - _FIRST_PORT + 1
    start = int.from_bytes(hashlib.sha256(str(folder.resolve()).encode()).digest()[:4], "big") % span
    for step in range(span):
        yield _FIRST_PORT + (start + step) % span
    raise PortTaken("No port between 20000 and 29999 is free.", "End what holds them.")
