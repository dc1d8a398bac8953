"""The S3 keys of every object in the lake. Pure.

::

    raw/alpha_vantage/<function>/year=YYYY/month=MM/day=DD/<symbol>-<sha256>.<extension>.gz
    observations/<run_id>/<batch>.jsonl
    rejected/alpha_vantage/<function>/year=YYYY/month=MM/day=DD/<run_id>/<symbol>-<sha256>.txt
    quarantine/<dataset>/<run_id>.parquet
    curated/<dataset>/<run_id>.parquet, or where a run was cut into shards curated/<dataset>/<run_id>/<shard>.parquet
    shards/<run_id>/<dataset>/<shard>/{order.json,result.json,final.arrow,deferred.arrow,quarantined.arrow,curated.parquet}
    curated/<dataset>/<run_id>-trial.{parquet,json}: what was tried last of a file that the warehouse refused, or of a release
    manifests/<dataset>/<run_id>.json
    lake/<dataset>/year=YYYY/<dataset>.parquet
    lake-snapshots/<dataset>/<run_id>/year=YYYY/<file>.parquet
    quality/index.html
    quality/<run_id>/{result.json,index.html}
    reports/<run_id>/index.html
    runs/<run_id>.json
    state/{coverage,capture_sizes,moves,backfill,lake}/<dataset>.json
    state/verdicts/latest.json
    state/{history,alerts/said}/<flow>.json
    state/alerts/silences.json
    state/rebuild/loads.json
    state/{budget,capabilities}/<fingerprint>.json

No key is a folder of another (a file system under the lake could not hold both): every object's name ends in an extension, no folder has
one. Symbols are percent-encoded, a leading hyphen or dot included, so that ``ACWV:BAT`` and ``-P-HIZ`` are safe names everywhere.
"""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from tasks.lake.errors import UnfitForKey
from tasks.schema import SYMBOL_BYTES

OBSERVATIONS: Final = "observations/"
RUNS: Final = "runs/"
SNAPSHOTS: Final = "lake-snapshots/"
SHARDS: Final = "shards/"
TRIAL: Final = "-trial"
"""The end of the name of what is only tried."""

_FINGERPRINT: Final = "key fingerprint"
_FORMS: Final = {
    "run id": re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII),
    "dataset": re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII),
    "function": re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII),
    "extension": re.compile(r"[a-z0-9]{1,8}", re.ASCII),
    "sha256": re.compile(r"[0-9a-f]{64}", re.ASCII),
    _FINGERPRINT: re.compile(r"[0-9a-f]{8,64}", re.ASCII),
    "shard file": re.compile(r"[a-z]{1,16}\.(json|arrow|parquet)", re.ASCII),
    "run id suffix": re.compile(r"[0-9a-z]{8}", re.ASCII),
}
_RAW_KEY: Final = re.compile(r"raw/[^/]+/[^/]+/year=\d{4}/month=\d{2}/day=\d{2}/(?:[^/]+-)?([0-9a-f]{64})\.[a-z0-9]+\.gz", re.ASCII)


def make_run_id(started: datetime, suffix: str) -> str:
    """A run id, ``20261120T093500Z-1a2b3c4d``; ids sort by the start of their runs.

    Args:
        started: when the run started, timezone-aware.
        suffix: eight digits or lower-case letters that distinguish two runs of one second.

    Raises:
        UnfitForKey: a suffix of another form.
    """
    return f"{_utc(started):%Y%m%dT%H%M%SZ}-{_fit('run id suffix', suffix)}"


def raw_key(function: str, symbol: str, sha256: str, received: datetime, extension: str = "json") -> str:
    """The key of a capture.

    Args:
        function: the API function in its own spelling, ``TIME_SERIES_DAILY``.
        symbol: the requested symbol; empty for functions that take none.
        sha256: hexadecimal digest of the uncompressed body.
        received: when this body was first received, timezone-aware; its UTC date makes the folder.
        extension: the form of the body, ``json`` or ``csv``.

    Raises:
        UnfitForKey: a part that cannot stand in a key.
    """
    return f"raw/{_received_folder(function, received)}/{_name(symbol, sha256)}.{_fit('extension', extension)}.gz"


def sha256_of(raw_key: str) -> str:
    """The digest that a capture's key carries.

    Raises:
        UnfitForKey: no key of a capture.
    """
    match = _RAW_KEY.fullmatch(raw_key)
    if match is None:
        raise UnfitForKey(f"{raw_key!r} is not the key of a capture.")
    return match[1]


def rejected_key(function: str, symbol: str, sha256: str, received: datetime, run_id: str) -> str:
    """The key of a scrubbed body that is not data."""
    return f"rejected/{_received_folder(function, received)}/{_fit('run id', run_id)}/{_name(symbol, sha256)}.txt"


def observations_prefix(run_id: str) -> str:
    """What the keys of all observations of a run begin with."""
    return f"{OBSERVATIONS}{_fit('run id', run_id)}/"


def observations_key(run_id: str, batch: int) -> str:
    """The key of one batch's observations; batches count from 0 and sort by number."""
    return f"{observations_prefix(run_id)}{batch:05d}.jsonl"


def quarantine_key(dataset: str, run_id: str) -> str:
    """The key of the rows that a run quarantined."""
    return f"quarantine/{_fit('dataset', dataset)}/{_fit('run id', run_id)}.parquet"


def curated_key(dataset: str, run_id: str) -> str:
    """The key of a run's curated file."""
    return f"curated/{_fit('dataset', dataset)}/{_fit('run id', run_id)}.parquet"


def curated_part_key(dataset: str, run_id: str, number: int) -> str:
    """The key of one of several curated files of a run; they count from 0, as its shards do."""
    return f"curated/{_fit('dataset', dataset)}/{_fit('run id', run_id)}/{number:03d}.parquet"


def trial_manifest_key(dataset: str, trial: str) -> str:
    """The key of the manifest of a file that is only tried: beside that file, where nobody looks for loads."""
    return f"curated/{_fit('dataset', dataset)}/{_fit('run id', trial)}.json"


def is_trial(key: str) -> bool:
    """Whether a key under ``curated/`` is that of a file that is only tried, or of its manifest: no run's rows."""
    return PurePosixPath(key).stem.endswith(TRIAL)


def shard_key(dataset: str, run_id: str, shard: int, file: str) -> str:
    """The key of what a shard is given, or gives: ``order.json`` and the files of its results."""
    return f"{SHARDS}{_fit('run id', run_id)}/{_fit('dataset', dataset)}/{shard:03d}/{_fit('shard file', file)}"


def manifest_key(dataset: str, run_id: str) -> str:
    """The key of a run's manifest."""
    return f"manifests/{_fit('dataset', dataset)}/{_fit('run id', run_id)}.json"


def current_prefix(dataset: str) -> str:
    """What the keys of a dataset's current files begin with; nothing else lies there."""
    return f"lake/{_fit('dataset', dataset)}/"


def current_key(dataset: str, year: int) -> str:
    """The key of the current rows of one year: the same for ever, so that one write replaces them whole."""
    return f"{current_prefix(dataset)}year={year:04d}/{dataset}.parquet"


def snapshot_prefix(dataset: str, run_id: str, year: int) -> str:
    """What the keys of the files begin with that a run wrote of one year."""
    return f"{SNAPSHOTS}{_fit('dataset', dataset)}/{_fit('run id', run_id)}/year={year:04d}/"


def quality_result_key(run_id: str) -> str:
    """The key of a verdict as JSON."""
    return f"quality/{_fit('run id', run_id)}/result.json"


def quality_page_key(run_id: str) -> str:
    """The key of a verdict as a page for people."""
    return f"quality/{_fit('run id', run_id)}/index.html"


def report_key(run_id: str) -> str:
    """The key of the report of a run."""
    return f"reports/{_fit('run id', run_id)}/index.html"


def quality_index_key() -> str:
    """The key of the page of the latest runs."""
    return "quality/index.html"


def verdicts_key() -> str:
    """The key of what that page is made of."""
    return "state/verdicts/latest.json"


def capture_sizes_key(dataset: str) -> str:
    """The key of how many bars each symbol's latest captures had."""
    return f"state/capture_sizes/{_fit('dataset', dataset)}.json"


def run_key(run_id: str) -> str:
    """The key of a run's summary."""
    return f"{RUNS}{_fit('run id', run_id)}.json"


def coverage_key(dataset: str) -> str:
    """The key of what is held of a dataset."""
    return f"state/coverage/{_fit('dataset', dataset)}.json"


def moves_key(dataset: str) -> str:
    """The key of the moves that no event explains yet."""
    return f"state/moves/{_fit('dataset', dataset)}.json"


def backfill_key(dataset: str) -> str:
    """The key of when a backfill requested each symbol last."""
    return f"state/backfill/{_fit('dataset', dataset)}.json"


def current_files_key(dataset: str) -> str:
    """The key of what is known of a dataset's current files."""
    return f"state/lake/{_fit('dataset', dataset)}.json"


def budget_key(key_fingerprint: str) -> str:
    """The key of the ledger of one API key's calls."""
    return f"state/budget/{_fit(_FINGERPRINT, key_fingerprint)}.json"


def sent_alerts_key(flow: str) -> str:
    """The key of the alerts that were sent for a flow."""
    return f"state/alerts/said/{_fit('dataset', flow)}.json"


def silences_key() -> str:
    """The key of the silences."""
    return "state/alerts/silences.json"


def history_key(flow: str) -> str:
    """The key of a flow's latest runs in short."""
    return f"state/history/{_fit('dataset', flow)}.json"


def capabilities_key(key_fingerprint: str) -> str:
    """The key of what one API key may do."""
    return f"state/capabilities/{_fit(_FINGERPRINT, key_fingerprint)}.json"


def last_contact_key() -> str:
    """The key of the newest load and of the last contact with the warehouse."""
    return "state/warehouse/last_contact.json"


def rebuild_key() -> str:
    """The key of what a rebuild that has begun is to repeat."""
    return "state/rebuild/loads.json"


def _received_folder(function: str, received: datetime) -> str:
    return f"alpha_vantage/{_fit('function', function).lower()}/{_utc(received):year=%Y/month=%m/day=%d}"


def _name(symbol: str, sha256: str) -> str:
    digest = _fit("sha256", sha256)
    return f"{_encoded(symbol)}-{digest}" if symbol else digest


def _encoded(symbol: str) -> str:
    try:
        encoded = quote(symbol, safe="")
    except UnicodeEncodeError:
        encoded = ""
    if not encoded or len(symbol.encode()) > SYMBOL_BYTES:
        raise UnfitForKey(f"{symbol!r} is not a symbol.", f"A symbol has at most {SYMBOL_BYTES} bytes.")
    # A leading hyphen reads as an option, a leading dot as a hidden file.
    return f"%{ord(encoded[0]):02X}{encoded[1:]}" if encoded[0] in "-." else encoded


def _fit(what: str, value: str) -> str:
    if not _FORMS[what].fullmatch(value):
        # What was passed for a fingerprint may be the API key itself.
        shown = "This text" if what == _FINGERPRINT else repr(value)
        raise UnfitForKey(f"{shown} cannot be a {what}.", f"The form is {_FORMS[what].pattern}.")
    return value


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return instant.astimezone(UTC)
