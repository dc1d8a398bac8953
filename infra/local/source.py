"""Which source the embedded stack feeds the pipeline from, said in the pipeline's own settings.

Recorded answers where a folder is named, else the real API where there is a key, else the stand-in's made-up prices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.local.errors import RecordingMissing
from infra.local.stack_constants import STAND_IN_KEY

if TYPE_CHECKING:
    from infra.local.stack import EmbeddedStack

# The stand-in answers at once and forgives at once, so that no refusal of its holds a run up for long.
_SHORT_WAITS: Final = {
    "TICKERHOUSE_REQUEST_TIMEOUT": "5",
    "TICKERHOUSE_RETRY_WAIT": "0.3",
    "TICKERHOUSE_RETRY_WAIT_LIMIT": "2",
    "TICKERHOUSE_RETRY_TOTAL": "6",
    "TICKERHOUSE_MINUTE_WAIT": "3",
    "TICKERHOUSE_WAREHOUSE_RETRY_WAIT": "0.2",
    "TICKERHOUSE_BATCH_RETRIES": "1",
    "TICKERHOUSE_BATCH_RETRY_WAIT": "0.2",
}
# The pace of the largest plan: nobody waits for prices that are made up.
_SYNTHETIC_PLAN: Final = "premium_1200"


@dataclass(frozen=True)
class Source:
    """Where bars come from on the embedded stack.

    Attributes:
        name: ``alpha_vantage``, ``synthetic`` or ``replay-<hash of the folder>``.
        words: the same for people.
        folder: the recorded answers, for a replay.
    """

    name: str
    words: str
    folder: Path | None = None


def choose_source(environment: Mapping[str, str], replay: Path | None) -> Source:
    """The source that a command's words and environment ask for.

    Args:
        environment: the process's environment.
        replay: a folder of recorded answers, or None.

    Raises:
        RecordingMissing: the folder is not there or holds nothing to replay.
    """
    if replay is not None:
        if not replay.is_dir():
            raise RecordingMissing(f"There is no folder {replay} to replay.", "Name a folder of recorded answers.")
        # The name alone is wanted here; the server runs in a process of its own.
        from infra.local.alpha_vantage import replay_source_name  # noqa: PLC0415 - see above

        return Source(replay_source_name(replay), f"recorded answers from {replay}", replay.resolve())
    wanted = environment.get("TICKERHOUSE_SOURCE", "")
    if wanted.startswith("replay-"):
        return Source(wanted, "recorded answers")
    if wanted == "alpha_vantage" or (not wanted and environment.get("ALPHAVANTAGE_API_KEY")):
        return Source("alpha_vantage", "the real API")
    return Source("synthetic", "made-up prices; no call leaves this machine")


def source_settings(source: Source, environment: Mapping[str, str]) -> dict[str, str]:
    """The pipeline's settings that follow from the source alone; what the user set explicitly stays."""
    if source.name == "alpha_vantage":
        return {"TICKERHOUSE_SOURCE": source.name}
    own = {"TICKERHOUSE_SOURCE": source.name, "ALPHAVANTAGE_API_KEY": STAND_IN_KEY}
    usual = {"TICKERHOUSE_PLAN": _SYNTHETIC_PLAN, **_SHORT_WAITS}
    if source.name == "synthetic":
        usual["TICKERHOUSE_WATCHLIST"] = "deployments/watchlist.synthetic.yaml"
    return own | {name: value for name, value in usual.items() if name not in environment}


def open_source(stack: "EmbeddedStack", source: Source, plan: str, as_of: datetime | None) -> dict[str, str]:
    """Readies the stand-in for a run and gives the setting that leads to it; nothing for the real API.

    Args:
        stack: runs.
        source: what to feed from.
        plan: whose limits the stand-in holds.
        as_of: the moment it answers for, or None for now.

    Raises:
        RecordingMissing: a replay was asked for without its folder.
    """
    if source.name == "alpha_vantage":
        return {}
    asked: dict[str, object] = {"kind": "synthetic", "as_of": as_of.isoformat() if as_of else None, "plan": plan}
    if source.name != "synthetic":
        if source.folder is None:
            raise RecordingMissing(f"The source {source.name} needs its folder to run.", "Name it with --replay FOLDER.")
        asked |= {"kind": "replay", "folder": str(source.folder)}
    return {"TICKERHOUSE_API_URL": stack.add_source(asked)}
