"""The first `tickerhouse run` on a machine, without any stack running before, and what can be done after it until `tickerhouse down`."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import httpx
import jsonschema
import pytest

from tests.end_to_end.conftest import COMMAND, ROOT, Home

pytestmark = pytest.mark.server

STAYS_UP = {"TICKERHOUSE_STAY_UP_MINUTES": "15"}


def test_the_first_run_tells_its_story_and_leaves_what_it_says(home: Home) -> None:
    ran = home.run("run", **STAYS_UP)
    assert ran.exit_status == 0, ran.out + ran.err
    assert not ran.err
    assert ran.lines[0].startswith("Tickerhouse dev · source synthetic (made-up prices; no call leaves this machine) · plan premium_1200")
    progress = dict.fromkeys(line.split()[0] for line in ran.lines[1 : ran.lines.index("")])
    steps = ("stack", "plan", "extract", "parse", "validate", "curate", "load", "publish")
    assert tuple(title for title in progress if title in steps) == steps
    servers = home.servers()
    assert len(servers) >= 3

    summary = home.last_run()
    jsonschema.validate(summary, json.loads((ROOT / "docs" / "run_summary.schema.json").read_text()))
    assert summary["status"] == "Completed"
    assert {symbol["symbol"]: symbol["outcome"] for symbol in summary["symbols"]} == dict.fromkeys(
        ("AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "DMGD"), "loaded"
    )
    rows = summary["rows"]
    # While a session is open or has just closed, its bar comes too and is deferred.
    assert rows["deferred"] in {0, 6}
    assert (rows["parsed"], rows["quarantined"], rows["new"]) == (600, 3, 597 - rows["deferred"])
    assert sorted(summary["quarantine"]["reasons"].values()) == [1, 1, 1]
    assert {example["symbol"] for example in summary["quarantine"]["examples"]} == {"DMGD"}

    titles = {"raw", "quarantine", "verdict", "curated"}
    places = {words[0]: words[1] for line in ran.lines if (words := line.split()) and words[0] in titles}
    assert set(places) == titles
    for place in places.values():
        assert (ROOT / place).exists(), place
    (table,) = re.findall(r"table +market\.fact_daily_price in (\S+)", ran.out)
    assert (ROOT / table).is_file()

    shown = (ROOT / "README.md").read_text().partition("$ make run\n")[2].partition("\n```")[0].splitlines()
    printed = [line.replace(str(home.folder), ".tickerhouse") for line in ran.lines]
    printed = [re.sub(r"^  (\S*/)?tickerhouse ", "  .venv/bin/tickerhouse ", line) for line in printed]
    assert _shape(printed) == _shape(shown)

    # What the run printed opens: its servers are up.
    (address,) = re.findall(r"Prefect +(http\S+)", ran.out)
    assert httpx.get(address, headers={"Accept": "text/html"}, timeout=30).status_code == 200
    look, page, down = _next_commands(ran.lines)
    looked = _typed(look, home)
    assert [line.split()[0] for line in looked.splitlines()[2:-1]] == ["AAPL", "AMZN", "DMGD", "GOOGL", "MSFT", "NVDA"]
    opened = _typed(f"{page} --no-browser", home).strip()
    assert opened == places["verdict"]
    assert "<html" in Path(ROOT / opened).read_text()
    assert down == shlex.join([*shlex.split(look)[:1], "down"])
    assert _typed(down, home).endswith("Stopped.\n")
    assert not [process for process in servers if process.is_running()]


def _shape(lines: list[str]) -> list[str]:
    """What stays the same from run to run: words, not numbers, dates and names of runs; how often progress is said is chance."""
    names = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    numbers = re.compile(r"-?\d[\d,.]*(-\d\d)*")
    by_chance = re.compile(r"  (extract|stack) |  \w+ +(running|beginning|importing the flow) \(\d+ s\)$")
    return [numbers.sub("#", names.sub("RUN", line)) for line in lines if not by_chance.match(line)]


def _next_commands(lines: list[str]) -> list[str]:
    commands = [line.strip() for line in lines[lines.index("Next") + 1 :]]
    assert all(command.split()[0] in {str(COMMAND), str(COMMAND.relative_to(ROOT)), "tickerhouse"} for command in commands)
    return commands


def _typed(command: str, home: Home) -> str:
    """What a command prints when it is typed into a shell as it stands."""
    done = subprocess.run(command, shell=True, cwd=ROOT, env=home.environment(**STAYS_UP), check=True, capture_output=True, text=True)  # noqa: S602 - that it can be typed is the claim
    assert not done.stderr
    return done.stdout
