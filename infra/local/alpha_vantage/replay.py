"""Recorded bodies of a folder, served as if the API had just sent them.

Files are named ``<function>-<symbol>[-<note>].json|csv|html`` in lower case; a symbol may be percent-encoded. ``compact`` in the note
means that output size; a date ``YYYY-MM-DD`` at the note's end says when the body was received. ``<stem>.response.json`` may give
``status`` and ``content_type``.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from infra.local.alpha_vantage.answers import CSV_TYPE, HTML_TYPE, JSON_TYPE, Answer
from infra.local.alpha_vantage.errors import RecordingMissing

_FILE_NAME: Final = re.compile(r"(?P<function>[a-z0-9_]+)-(?P<rest>.+)\.(?P<extension>json|csv|html)")
_RESPONSE_SUFFIX: Final = ".response.json"
_TRAILING_DATE: Final = re.compile(r"(?:^|-)(\d{4}-\d{2}-\d{2})$")
# JSON before CSV, and a page of HTML only where there is nothing else.
_CONTENT_TYPES: Final = {"json": JSON_TYPE, "csv": CSV_TYPE, "html": HTML_TYPE}
_PREFERENCE: Final = list(_CONTENT_TYPES)


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of the folder that may answer a request.

    Attributes:
        path: the file.
        extension: ``json``, ``csv`` or ``html``.
        is_compact: whether its note says so.
        received: the date at the note's end; the oldest of all where there is none.
    """

    path: Path
    extension: str
    is_compact: bool
    received: date


def replay_source_name(folder: Path) -> str:
    """The name of the source a folder makes: ``replay-`` and twelve hex digits that change with any file's name or content.

    Raises:
        RecordingMissing: the folder is not there or holds nothing to replay.
    """
    digest = hashlib.sha256()
    names = {path.name for path in _recorded_files(folder)}
    for path in sorted(folder.iterdir()):
        if path.name in names or path.name.endswith(_RESPONSE_SUFFIX):
            digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"replay-{digest.hexdigest()[:12]}"


class Replay:
    """The recordings of one folder; files that are added later are seen.

    Args:
        folder: where they are.

    Raises:
        RecordingMissing: the folder is not there or holds nothing to replay.
    """

    def __init__(self, folder: Path) -> None:
        _recorded_files(folder)
        self._folder = folder
        self._symbols: dict[tuple[str, int, int], str | None] = {}

    def answer(self, function: str, symbol: str, as_of: date, *, full: bool, prefers_csv: bool = False) -> Answer | None:
        """The recorded answer to a request; None where nothing recorded answers it.

        Args:
            function: asked for, in the API's spelling.
            symbol: asked for; for LISTING_STATUS its state.
            as_of: no recording dated later is looked at.
            full: the output size asked for. A recording of the other size answers where there is none of this one.
            prefers_csv: whether the request asked for CSV; else JSON is preferred.
        """
        extensions = ["csv", "json", "html"] if prefers_csv else _PREFERENCE
        there = [recording for recording in self._recordings(function, symbol) if recording.received <= as_of]
        there.sort(key=lambda recording: recording.received, reverse=True)
        there.sort(key=lambda recording: (recording.is_compact == full, extensions.index(recording.extension)))
        return next((self._read(recording) for recording in there if self._is_about(recording, symbol)), None)

    def _recordings(self, function: str, symbol: str) -> list[Recording]:
        found = []
        for path in _recorded_files(self._folder):
            name = _FILE_NAME.fullmatch(path.name)
            rest = unquote(name["rest"]).lower() if name else ""
            asked = symbol.lower()
            if not name or name["function"] != function.lower() or not (rest == asked or rest.startswith(f"{asked}-")):
                continue
            note = rest[len(asked) + 1 :]
            dated = _TRAILING_DATE.search(note)
            received = date.fromisoformat(dated[1]) if dated else date.min
            found.append(Recording(path, name["extension"], "compact" in note.split("-"), received))
        return found

    def _is_about(self, recording: Recording, symbol: str) -> bool:
        # The file name alone cannot tell BRK with a note "b" from BRK-B. A body that names no symbol, a refusal mostly, is served as it is.
        if recording.extension != "json":
            return True
        state = recording.path.stat()
        key = (recording.path.name, state.st_mtime_ns, state.st_size)
        if key not in self._symbols:
            self._symbols[key] = _symbol_in(recording.path.read_bytes())
        named = self._symbols[key]
        return named is None or named.lower() == symbol.lower()

    def _read(self, recording: Recording) -> Answer:
        status, content_type = 200, _CONTENT_TYPES[recording.extension]
        response = recording.path.with_name(recording.path.stem + _RESPONSE_SUFFIX)
        if response.is_file():
            given = json.loads(response.read_bytes())
            status, content_type = int(given.get("status", status)), str(given.get("content_type", content_type))
        return Answer(f"recorded {recording.path.name}", recording.path.read_bytes(), status, content_type)


def _recorded_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RecordingMissing(f"The folder to replay, {folder}, is not there.", "Give a folder of recorded bodies.")
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and _FILE_NAME.fullmatch(path.name) and not path.name.endswith(_RESPONSE_SUFFIX)
    ]
    if not found:
        raise RecordingMissing(
            f"{folder} holds nothing to replay.", "Its files are named <function>-<symbol>[-<note>].json, .csv or .html, in lower case."
        )
    return found


def _symbol_in(body: bytes) -> str | None:
    try:
        document: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    for part, name in (("Meta Data", "2. Symbol"), ("Global Quote", "01. symbol"), (None, "symbol"), (None, "Symbol")):
        place = document.get(part) if part else document
        if isinstance(place, dict) and isinstance(place.get(name), str):
            return str(place[name])
    return None
