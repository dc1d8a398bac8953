"""A program of the embedded stack, and the variables that it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NEEDED: Final = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SSL_CERT_FILE", "TEMP", "TMP", "TMPDIR", "TZ", "USER"}
)
_NEEDED_BEGINNINGS: Final = ("LC_", "PYTHON")
# Prefect alone calls addresses outside: the webhooks of a deployment's alerts.
_OUTWARD: Final = frozenset({"ALL_PROXY", "CURL_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"})


@dataclass(frozen=True)
class ServerProgram:
    """One program of the stack.

    Attributes:
        name: in the record of processes and of its log.
        command: program and arguments.
        environment: all variables of its process.
        is_ready: whether it answers.
        patience: seconds until it must.
        folder: where it runs.
        stdin: what it reads first, if anything.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    patience: float
    folder: Path
    stdin: bytes | None = None


def needed_variables(outside: Mapping[str, str], *, outward: bool = False) -> dict[str, str]:
    """Those variables that a server needs, of all that a command has: no key, no webhook, no credentials of AWS.

    Args:
        outside: the command's environment.
        outward: whether the server calls addresses outside of this machine.
    """
    return {
        name: value
        for name, value in outside.items()
        if name in _NEEDED or name.startswith(_NEEDED_BEGINNINGS) or (outward and name.upper() in _OUTWARD)
    }
