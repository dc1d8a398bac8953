"""What a source of the stand-in is made of, as a value that also travels as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from infra.local.alpha_vantage.errors import BadSource
from infra.local.alpha_vantage.limits import PLANS

_KINDS: Final = ("synthetic", "replay")


@dataclass(frozen=True)
class SourceSettings:
    """What one source serves, and how strictly; equal settings are the same source.

    Args:
        kind: ``synthetic`` or ``replay``.
        as_of: the instant the source answers as of (aware, or ISO 8601 with an offset); None: the server's clock.
        plan: whose limits hold and what the key may do: ``free`` or ``premium_75`` … ``premium_1200``. A replay has no limits.
        folder: the folder of recorded bodies; a replay needs one.
        scenario: scripted faults, inline or as the path of a JSON file (see ``scenario.py``).
        label: tells apart two sources whose other settings are equal.

    Raises:
        BadSource: an invalid value.
    """

    kind: Literal["synthetic", "replay"] = "synthetic"
    as_of: datetime | str | None = None
    plan: str = "premium_75"
    folder: Path | str | None = None
    scenario: Mapping[str, Any] | Path | str | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise BadSource(f"{self.kind!r} is no kind of source.", f"Choose one of {', '.join(_KINDS)}.")
        if self.plan not in PLANS:
            raise BadSource(f"{self.plan!r} is no plan.", f"Choose one of {', '.join(PLANS)}.")
        if self.kind == "replay" and self.folder is None:
            raise BadSource("A replay has no folder.", "Give the folder that holds the recorded bodies.")
        if self.instant is not None and self.instant.tzinfo is None:
            raise BadSource(f"as_of {self.as_of} has no offset from UTC.", "Write it as 2026-11-20T21:00:00Z.")

    @property
    def instant(self) -> datetime | None:
        """``as_of`` as a datetime."""
        if not isinstance(self.as_of, str):
            return self.as_of
        try:
            return datetime.fromisoformat(self.as_of)
        except ValueError:
            raise BadSource(f"as_of {self.as_of!r} is no instant.", "Write it as 2026-11-20T21:00:00Z.") from None

    @property
    def identity(self) -> str:
        """The same for equal settings: the kind, and twelve hex digits of the sha256 over all of them."""
        return f"{self.kind}-{hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()[:12]}"

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON-able values, paths made absolute and the instant in UTC."""
        return {
            "kind": self.kind,
            "as_of": self.instant.astimezone(UTC).isoformat() if self.instant else None,
            "plan": self.plan,
            "folder": str(Path(self.folder).resolve()) if self.folder is not None else None,
            "scenario": str(Path(self.scenario).resolve()) if isinstance(self.scenario, Path | str) else self.scenario,
            "label": self.label,
        }

    @classmethod
    def from_json(cls, values: Any) -> "SourceSettings":
        """The settings a JSON object stands for.

        Raises:
            BadSource: not an object, an unknown name, a value of the wrong type, or an invalid one.
        """
        if not isinstance(values, dict):
            raise BadSource("The settings of a source are a JSON object.")
        known = [field.name for field in fields(cls)]
        for name, value in values.items():
            if name not in known:
                raise BadSource(f"{name!r} is no setting of a source.", f"The settings are {', '.join(known)}.")
            if not isinstance(value, str | None) and not (name == "scenario" and isinstance(value, dict)):
                raise BadSource(f"{name} is a string, not {json.dumps(value)}.")
        return cls(**{name: value for name, value in values.items() if value is not None})
