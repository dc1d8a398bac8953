"""Golden results: the same commands leave the same rows, files, keys and numbers as they did when ``goldens/`` was recorded.

``pytest -m worker tests/end_to_end/test_goldens.py`` compares; with ``--record-goldens`` it writes the results of this code, which is right
only for a change that is meant to show. ``--golden-rows FOLDER`` keeps every row behind the digests as text, so that two versions of
the code can be compared with ``diff -r``. The goldens hold counts and digests, and of recorded answers no price.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.end_to_end import made_up
from tests.end_to_end.conftest import RECORDED, Home
from tests.end_to_end.golden import Remains, differences, digest, numbers

pytestmark = [pytest.mark.server, pytest.mark.worker]

GOLDENS: Final = Path(__file__).parent / "goldens"
RECORDED_PRICES: Final = RECORDED / "prices"
NEEDS_RECORDED: Final = pytest.mark.skipif(not RECORDED_PRICES.is_dir(), reason="recorded answers are not beside this checkout")

MARCH: Final = "2026-03-13T12:00:00Z"
JUNE: Final = "2026-06-30T12:00:00Z"
"""Moments when no session is open. The damaged bars of June are others than those of March, and dividends have gone by."""

FEW: Final = ("--symbols", "AAPL,DMGD")
RELEASE: Final = ("quarantine", "release", "--symbol", "DMGD", "--reason", "high is below low", "--note", "looked up", "--by", "A. Reader")


@dataclass(frozen=True)
class Case:
    """Commands, and the exit status that each has to have. Cases of one environment go on where the one before ended.

    Attributes:
        name: of the golden.
        environment: the environment's name.
        commands: in their order.
        settings: further environment variables.
        replays: which answers are replayed, ``recorded`` or ``made up``; empty for the stand-in's prices.
    """

    name: str
    environment: str
    commands: tuple[tuple[int, tuple[str, ...]], ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    replays: str = ""


MSFT: Final = ("run", "--symbols", "MSFT", "--as-of", "2019-11-30T12:00:00Z", "--output-size", "full")
RECORDED_CASES: Final = (
    Case("recorded_msft", "goldenmsft", ((0, MSFT),), replays="recorded"),
    Case(
        "recorded_msft_twice",
        "goldentwice",
        ((0, ("run", "--symbols", "MSFT", "--as-of", "2019-07-12T12:00:00Z")), (0, MSFT), (0, ("rebuild",))),
        replays="recorded",
    ),
    Case(
        "recorded_amzn",
        "goldenamzn",
        ((0, ("run", "--symbols", "AMZN", "--as-of", "2017-08-30T19:00:00Z")),),
        replays="recorded",
    ),
)
FAST: Final = {"TICKERHOUSE_PLAN": "premium_1200"}
RESTATED: Final = FAST | {"TICKERHOUSE_ADJUSTED_PRICES": "off"}
OTHER_CASES: Final = (
    Case(
        "restated",
        "goldenrestated",
        (
            (0, ("run", *made_up.SYMBOLS, "--as-of", made_up.BEFORE)),
            (0, ("corporate-actions", *made_up.SYMBOLS, "--as-of", made_up.BEFORE)),
            (0, ("run", *made_up.SYMBOLS, "--as-of", made_up.AFTER)),
            (0, ("corporate-actions", *made_up.SYMBOLS, "--as-of", made_up.AFTER)),
        ),
        RESTATED,
        replays="made up",
    ),
    Case("restated_rebuilt", "goldenrestated", ((0, ("rebuild",)),), RESTATED, replays="made up"),
    Case("make_run", "golden", ((0, ("run", "--as-of", MARCH)), (0, ("run", "--as-of", MARCH)))),
    Case("corporate_actions", "golden", ((0, ("corporate-actions", *FEW, "--as-of", MARCH)),), FAST),
    Case("listings", "golden", ((0, ("listings", *FEW, "--as-of", MARCH)),), FAST),
    Case("quotes", "golden", ((0, ("quotes", *FEW, "--as-of", MARCH)),), FAST),
    Case(
        "later",
        "golden",
        (
            (0, ("run", "--as-of", JUNE)),
            (0, ("corporate-actions", *FEW, "--as-of", JUNE)),
            (0, ("listings", *FEW, "--as-of", JUNE)),
            (0, ("quotes", *FEW, "--as-of", JUNE)),
        ),
        FAST,
    ),
    Case("rebuilt", "golden", ((0, ("rebuild",)),), FAST),
    Case(
        "gate_closed",
        "goldengate",
        ((5, ("run", *FEW, "--as-of", JUNE)),),
        FAST | {"TICKERHOUSE_GATE_LIMIT": "0", "TICKERHOUSE_GATE_ROWS": "1"},
    ),
    Case("released", "goldengate", ((0, ("run", *FEW, "--as-of", JUNE)), (0, RELEASE)), FAST),
    Case("released_rebuilt", "goldengate", ((0, ("rebuild",)),), FAST),
)
CASES: Final = [
    *(pytest.param(case, id=case.name, marks=NEEDS_RECORDED) for case in RECORDED_CASES),
    *(pytest.param(case, id=case.name) for case in OTHER_CASES),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of answers to replay, by what they are."""
    return {"recorded": RECORDED_PRICES, "made up": made_up.write(tmp_path_factory.mktemp("made-up"))}


@pytest.mark.parametrize("case", CASES)
def test_the_same_commands_leave_what_they_always_left(
    case: Case, shared: Home, folders: Mapping[str, Path], pytestconfig: pytest.Config
) -> None:
    settings = {"TICKERHOUSE_ENVIRONMENT": case.environment, **case.settings}
    replay = ("--replay", str(folders[case.replays])) if case.replays else ()
    is_replay = bool(case.replays)
    runs = [_run(shared, (*words, *replay), expected, settings, is_replay=is_replay) for expected, words in case.commands]
    remains = Remains(shared, replay, settings, is_replay=is_replay)
    is_recording = pytestconfig.getoption("--record-goldens")
    rows = remains.rows(remains.columns() if is_recording else _read("columns"))
    kept = pytestconfig.getoption("--golden-rows")
    if kept:
        _keep(Path(kept) / case.name, rows)
    found = {
        "runs": [run for run in runs if run],
        "tables": {table: {"rows": len(texts), "sha256": digest(texts)} for table, texts in rows.items()},
        "files": remains.files(),
        "verdicts": {key: {"checks": len(checks), "sha256": digest(checks)} for key, checks in remains.verdicts().items()},
        "keys": remains.keys(),
    }
    if is_recording:
        _write("columns", remains.columns())
        _write(case.name, found)
    assert not differences(_read(case.name), json.loads(json.dumps(found)))


def _run(home: Home, words: tuple[str, ...], expected: int, settings: Mapping[str, str], *, is_replay: bool) -> dict[str, Any]:
    """Runs a command; gives the numbers of the summary that it left in the lake, nothing for one that leaves none."""
    lakes = home.folder / "s3"
    summaries = f"tickerhouse-{settings['TICKERHOUSE_ENVIRONMENT']}-*/runs/*.json"
    before = set(lakes.glob(summaries))
    ended = home.run(*words, **settings)
    assert ended.exit_status == expected, ended.out + ended.err
    new = set(lakes.glob(summaries)) - before
    assert len(new) <= 1
    return numbers(json.loads(new.pop().read_bytes()), ended.exit_status, is_replay=is_replay) if new else {}


def _read(name: str) -> Any:
    return json.loads((GOLDENS / f"{name}.json").read_text())


def _write(name: str, content: Any) -> None:
    (GOLDENS / f"{name}.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def _keep(folder: Path, rows: Mapping[str, list[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for table, texts in rows.items():
        (folder / f"{table}.txt").write_text("\n".join([*texts, ""]))
