"""The parameters a session may set: AWS's list in ``allowed/settings.txt``, each honoured, without effect on results, or fixed."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from infra.local.redshift.errors import StatementFailed

_SWITCH = {"on": "on", "true": "on", "1": "on", "yes": "on", "off": "off", "false": "off", "0": "off", "no": "off"}
_DURATION = re.compile(r"(\d+)\s*(ms|s|min|h|d)?")
_MILLISECONDS = {None: 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: In lower case.
        default: Its value in a new session.
        takes: ``switch``, ``number``, ``text`` or ``names``.
        treatment: ``honoured``, ``planning`` or ``fixed``.
    """

    name: str
    default: str
    takes: str
    treatment: str

    def read(self, value: str) -> str:
        """Return a value as it is kept.

        Raises:
            StatementFailed: 22023 for a value it does not take, 0A000 for another one than the default where it is fixed.
        """
        kept = value
        if self.takes == "switch":
            if value.lower() not in _SWITCH:
                raise StatementFailed("22023", f'parameter "{self.name}" requires a Boolean value')
            kept = _SWITCH[value.lower()]
        elif self.takes == "number":
            found = _DURATION.fullmatch(value.strip().lower())
            if not found and not re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)", value.strip()):
                raise StatementFailed("22023", f'invalid value for parameter "{self.name}": "{value}"')
            kept = str(int(found[1]) * _MILLISECONDS[found[2]]) if found and found[2] else value.strip()
        if self.treatment == "fixed" and _plain(kept) != _plain(self.default):
            raise StatementFailed("0A000", f'parameter "{self.name}" cannot be set to "{value}" on this server')
        return kept


@functools.cache
def parameters_of_session() -> dict[str, Parameter]:
    """Return every parameter by name."""
    found = {}
    text = (Path(__file__).parent / "allowed" / "settings.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, default, takes, treatment = line.split(" ")
            found[name] = Parameter(
                name, "" if default == "-" else default.replace("_", " ") if "," in default else default, takes, treatment
            )
    return found


def parameter(name: str) -> Parameter:
    """Return a parameter.

    Raises:
        StatementFailed: 42704 for one Redshift does not have.
    """
    known = parameters_of_session().get(name)
    if known is None:
        raise StatementFailed("42704", f'unrecognized configuration parameter "{name}"')
    return known


def _plain(value: str) -> str:
    lowered = re.sub(r"[\s\"']", "", value.lower())
    return {"utf8": "unicode", "utf-8": "unicode", "iso": "iso,mdy"}.get(lowered, lowered)
