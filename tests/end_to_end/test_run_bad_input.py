"""What cannot be is said in one line that names the fact and the way out, with the exit status that belongs to it."""

import re
import socket
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PAST, RECORDED, Home

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("words", "settings", "exit_status", "fact", "way_out"),
    [
        (["run", "--symbols", "AAPL,br k"], {}, 2, "br k", "symbol"),
        (["run"], {"TICKERHOUSE_WORKGRUP": "x"}, 2, "TICKERHOUSE_WORKGRUP is not a setting", "Did you mean TICKERHOUSE_WORKGROUP?"),
        (["run"], {"TICKERHOUSE_PLAN": "golden"}, 2, "TICKERHOUSE_PLAN", "See docs/reference/settings.md."),
        (["run", "--as-of", "2025-01-02T12:00:00"], {}, 2, "has no time zone", "e.g. 2019-11-30T12:00:00Z"),
        (["run", "--as-of", "yesterday"], {}, 2, "yesterday is not a valid timestamp", "e.g. 2019-11-30T12:00:00Z"),
        (["run", "--as-of", "2999-01-01T00:00:00Z"], {}, 2, "is in the future", "a past moment"),
        (
            ["run", "--replay", "nowhere/at/all"],
            {},
            2,
            "There is no folder nowhere/at/all to replay.",
            "Name a folder of recorded answers.",
        ),
        (["run", "--symbols", ""], {}, 2, "No symbol was given.", "e.g. --symbols AAPL,MSFT"),
        (["open", "20200101T000000Z-00000000", "--no-browser"], {}, 1, "There is no run 20200101T000000Z-00000000.", "open runs"),
        (["open", "last", "--no-browser"], {}, 1, "No run has a verdict page yet.", "Run `tickerhouse run` first."),
        (["sql", "--file", "no/such.sql"], {}, 2, "no/such.sql cannot be read", "UTF-8"),
        (["sql", "select 1;\nselect 2;"], {}, 2, "2 statements in the command", "one by one"),
        (["run"], {"TICKERHOUSE_PORTS": "postgres=5432"}, 1, "names postgres, which is no server", "The servers are "),
        (["run"], {"TICKERHOUSE_PORTS": "redshift=x"}, 2, "TICKERHOUSE_PORTS", ""),
        (["run"], {"TICKERHOUSE_PORTS": "prefect=99999"}, 2, "TICKERHOUSE_PORTS", "from 1 to 65535"),
        (["plan"], {"TICKERHOUSE_JOB_VARIABLES": "not json"}, 2, "TICKERHOUSE_JOB_VARIABLES", "JSON"),
        (["run"], {"TICKERHOUSE_RETRY_WAIT": "soon"}, 2, "TICKERHOUSE_RETRY_WAIT", "See docs/reference/settings.md."),
        (["run"], {"TICKERHOUSE_GATE_LIMIT": "200"}, 2, "TICKERHOUSE_GATE_LIMIT", "See docs/reference/settings.md."),
        (["run", "--as-of", "2026-02-30"], {}, 2, "2026-02-30", "e.g. 2019-11-30T12:00:00Z"),
        (["backfill", "--from", "soon"], {}, 2, "--from 'soon' is not a date", "Write e.g. --from 2020-01-02."),
        (["sql", " ; "], {}, 2, "No statement in the command", "Write e.g."),
        (["run"], {"TICKERHOUSE_HOME": "/proc/nowhere"}, 1, "/proc/nowhere", ""),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_started(
    shared: Home, home: Home, words: list[str], settings: dict[str, str], exit_status: int, fact: str, way_out: str
) -> None:
    ended = shared.call(*words, **{"TICKERHOUSE_HOME": str(home.folder), **settings})
    assert ended.exit_status == exit_status, ended.out + ended.err
    (line,) = ended.err.splitlines()
    assert line.startswith("tickerhouse: ")
    assert fact in line
    assert way_out in line
    assert not (home.folder / "logs").exists()
    assert not (home.folder / "last_run.json").exists()


def test_an_option_that_does_not_exist_is_wrong_usage(shared: Home, home: Home) -> None:
    ended = shared.call("run", "--symbol", "AAPL", TICKERHOUSE_HOME=str(home.folder))
    assert ended.exit_status == 2
    assert "No such option" in ended.err
    assert not home.folder.exists()


def test_a_busy_port_that_the_user_set_is_an_error_and_nothing_is_started(shared: Home, home: Home) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ended = shared.call("run", TICKERHOUSE_PORTS=f"redshift={port}", TICKERHOUSE_HOME=str(home.folder))
    assert ended.exit_status == 1
    assert ended.err == f"tickerhouse: Port {port}, set for redshift, is in use. Free it, or set another in TICKERHOUSE_PORTS.\n"
    assert not home.servers()


def test_an_empty_folder_has_nothing_to_replay(shared: Home, home: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = shared.call("run", "--replay", str(tmp_path / "empty"), TICKERHOUSE_HOME=str(home.folder))
    assert ended.exit_status == 2
    assert re.fullmatch(r"tickerhouse: \S+ holds nothing to replay\. Its files are named .+\n", ended.err)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded answers are not beside this checkout")
def test_a_folder_with_nothing_that_can_be_replayed_is_refused(shared: Home, home: Home) -> None:
    ended = shared.call("run", "--replay", str(RECORDED), TICKERHOUSE_HOME=str(home.folder))
    assert ended.exit_status == 2
    assert "holds nothing to replay" in ended.err


def test_a_workgroup_that_is_not_there_is_named(shared: Home) -> None:
    ended = shared.call("run", TICKERHOUSE_WORKGROUP="nope")
    assert ended.exit_status == 1
    assert ended.err == (
        "tickerhouse: There is no Redshift Serverless workgroup 'nope' in us-east-1. "
        "Set TICKERHOUSE_WORKGROUP and TICKERHOUSE_REGION to one that exists.\n"
    )


def test_a_database_that_is_not_there_is_named(shared: Home) -> None:
    ended = shared.call("sql", "select 1", TICKERHOUSE_DATABASE="nope")
    assert ended.exit_status == 1
    (line,) = ended.err.splitlines()
    assert "has no database nope" in line
    assert "TICKERHOUSE_DATABASE" in line


def test_a_statement_that_redshift_refuses_is_said_in_one_line(shared: Home) -> None:
    ended = shared.call("sql", "select nothing from nowhere")
    assert ended.exit_status == 1
    (line,) = ended.err.splitlines()
    assert "nowhere" in line


def test_a_bucket_that_is_not_there_is_named(shared: Home) -> None:
    ended = shared.call("run", "--as-of", PAST, TICKERHOUSE_BUCKET="nope", TICKERHOUSE_ENVIRONMENT="nobucket")
    assert ended.exit_status == 1
    assert ended.err == "tickerhouse: Bucket nope is not there. Create it, or name another with TICKERHOUSE_BUCKET.\n"


def test_a_watchlist_that_is_not_there_is_wrong_usage(shared: Home) -> None:
    ended = shared.call("run", TICKERHOUSE_WATCHLIST="no/such.yaml", TICKERHOUSE_ENVIRONMENT="nolist")
    assert ended.exit_status == 2, ended.out
    way_out = "Run this in the checkout's folder, set TICKERHOUSE_WATCHLIST, or name symbols with --symbols."
    assert ended.err == f"tickerhouse: No watchlist at no/such.yaml. {way_out}\n"


WATCHLISTS = {
    b"": "the watchlist is empty",
    b"symbols: [": "this is not YAML",
    b"\xff\xfe": "it is not UTF-8 text",
    b"symbols: [3]": "YAML reads 3 as int",
    b"symbols: [{exchange: XLON}]": "an entry without a symbol",
    b"symbols: [{symbol: A, exchange: XBSE}]": "XBSE is not an exchange",
    b"symbols: [{symbol: A, since: soon}]": "soon is not a date",
    b"symbols: [A, A]": "A is listed on line 1 already",
}


def test_what_happens_to_a_user_is_one_line_and_its_documented_exit_status(shared: Home, tmp_path: Path) -> None:
    """Operational causes on a stack that runs; together with those above more than thirty."""
    note = ("--note", "x", "--by", "y")
    causes: list[tuple[tuple[str, ...], dict[str, str], int, str]] = [
        (("sql", "select"), {}, 1, "syntax error at end of input"),
        (("sql", "--file", str(tmp_path)), {}, 2, "cannot be read"),
        (("plan", "--as-of", "0001-01-01T00:00:00Z", "--symbols", "IBM"), {}, 2, "before the calendar of XNYS"),
        (("plan",), {"TICKERHOUSE_WATCHLIST": str(tmp_path)}, 2, "No watchlist at"),
        (("plan", "--symbols", "A/B"), {}, 2, "is not a symbol"),
        (("run", "--exchange", "MOON"), {}, 2, "MOON"),
        (("backfill", "--symbols", "IBM", "--from", "2026-01-05", "--to", "2026-01-02"), {}, 2, "lies before the first one"),
        (("plan", "--flow", "backfill", "--symbols", "IBM", "--from", "2999-01-01"), {}, 2, "holds no session that is final"),
        (("undo", "nope", *note), {}, 2, "No load of 'nope' is known"),
        (("silence", "nope", "--until", "2999-12-30"), {}, 2, "nope"),
        (("silence", "lat", "--until", "2999-12-30"), {}, 2, "Did you mean late?"),
        (("silence", "late", "--until", "soon", "--reason", "x"), {}, 2, "soon"),
        (("report", "nope"), {}, 1, "No run nope is known"),
        (("plan", "--symbols", "IBM"), {"TICKERHOUSE_BUCKET": "nope"}, 1, "Bucket nope is not there"),
    ]
    for number, (text, fact) in enumerate(WATCHLISTS.items()):
        place = tmp_path / f"{number}.yaml"
        place.write_bytes(text)
        causes.append((("plan",), {"TICKERHOUSE_WATCHLIST": str(place)}, 2, fact))
    told = {}
    for words, settings, exit_status, fact in causes:
        ended = shared.call(*words, **settings)
        lines = ended.err.splitlines()
        is_told = ended.exit_status == exit_status and len(lines) == 1 and lines[0].startswith("tickerhouse: ") and fact in lines[0]
        if not is_told:
            told[f"{words} {settings}"] = (ended.exit_status, ended.err)
    assert told == {}, told
