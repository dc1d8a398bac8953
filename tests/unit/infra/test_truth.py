"""The list of what was never tried live: every line can be run, and what runs them says truly how they ended."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.tools.live import LEVELS, ROOT, Claim, Settled, functions, main, moments, read_claims, settle, table

PAGE = (ROOT / "docs" / "truth.md").read_text()
CLAIMS = read_claims(PAGE)
FUNCTIONS = functions((ROOT / "docs" / "runbook.md").read_text())


def claim(command: str, name: str = "x") -> Claim:
    return Claim(name, "something", "read", command, 0.0)


def programs(folder: Path, *names: str, says: str = '{"TICKERHOUSE_BUCKET": "lake"}') -> dict[str, str]:
    """An environment whose programs of those names say one thing and end well."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "env": "dev", "root": str(ROOT)}


def test_every_claim_has_a_level_a_command_and_a_name_of_its_own() -> None:
    assert len(CLAIMS) > 20
    assert len({each.name for each in CLAIMS}) == len(CLAIMS)
    assert {each.level for each in CLAIMS} == set(LEVELS)
    assert all(f"| {level} |" in PAGE for level in LEVELS)
    assert [each.name for each in CLAIMS if "|" in each.command] == [], "a bar ends the cell of a table"


def test_all_of_them_cost_under_two_dollars() -> None:
    assert 0 < sum(each.usd for each in CLAIMS) < 2


def test_the_readme_leads_to_the_list() -> None:
    assert "docs/truth.md" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("each", CLAIMS, ids=lambda each: each.name)
def test_every_command_is_sound_shell(each: Claim) -> None:
    done = subprocess.run(["/bin/bash", "-n"], input=f"{FUNCTIONS}\n{each.command}", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_functions_of_the_runbook_are_found() -> None:
    assert FUNCTIONS.count("() {") >= 2
    assert "in_network() {" in FUNCTIONS
    assert "as_administrator() {" in FUNCTIONS


def test_a_line_that_is_no_claim_is_not_passed_over() -> None:
    page = PAGE.replace("| plan | A second plan", "| plan: A second plan")
    with pytest.raises(ValueError, match="A second plan"):
        read_claims(page)


def test_a_claim_holds_where_its_command_ends_well(tmp_path: Path) -> None:
    environment = programs(tmp_path / "bin", "aws", "terraform")
    yes, no, broken = settle(
        [claim('test "$bucket" = lake'), claim("echo why; false"), claim("false | true")], environment, tmp_path, FUNCTIONS
    )
    assert (yes.holds, no.holds, broken.holds) == (True, False, False)
    assert no.last_words == "why"


def test_what_must_be_refused_and_is_let_through_does_not_hold(tmp_path: Path) -> None:
    environment = programs(tmp_path / "bin", "aws", "terraform")
    let_through, refused = settle([claim("refused true"), claim("refused false")], environment, tmp_path, FUNCTIONS)
    assert (let_through.holds, refused.holds) == (False, True)
    assert let_through.last_words == "it was let through"


def test_an_account_that_cannot_be_reached_settles_nothing(tmp_path: Path) -> None:
    environment = programs(tmp_path / "bin", "terraform")
    (tmp_path / "bin" / "aws").write_text("#!/bin/sh\necho 'no credentials' >&2\nexit 255\n")
    (tmp_path / "bin" / "aws").chmod(0o755)
    (settled,) = settle([claim("refused false")], environment, tmp_path, FUNCTIONS)
    assert (settled.holds, settled.last_words) == (False, "no credentials")


def test_what_a_command_writes_down_lies_outside_of_the_checkout(tmp_path: Path) -> None:
    environment = programs(tmp_path / "bin", "aws", "terraform")
    (settled,) = settle([claim("echo 1 > live.json && echo file://live.json")], environment, tmp_path, FUNCTIONS)
    assert (settled.holds, settled.last_words) == (True, f"file://{tmp_path}/live.json")
    assert (tmp_path / "live.json").read_text() == "1\n"
    assert not (ROOT / "live.json").exists()


def test_the_table_says_how_each_ended() -> None:
    settled = [Settled(claim("true", "lake"), holds=True, seconds=1.4, last_words="a|b"), Settled(claim("false", "copy"), False, 61.0, "")]
    assert table(settled).splitlines() == [
        "| name | level before | holds | seconds | last words |",
        "|---|---|---|---:|---|",
        "| lake | read | yes | 1 | a\\|b |",
        "| copy | read | **no** | 61 |  |",
        "",
        "1 of 2 claims hold.",
    ]


def test_the_dates_are_whole_days_of_utc() -> None:
    assert moments(datetime(2026, 12, 1, 15, 30, tzinfo=UTC)) == {
        "today": "2026-12-01",
        "yesterday": "2026-11-30",
        "month_start": "2026-11-01",
    }


def test_one_claim_is_settled_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = programs(tmp_path / "bin", "aws", "terraform", says='{"TICKERHOUSE_BUCKET": "lake", "Encryption": "aws:kms"}')
    assert main(["dev", "--only", "lake-default"], tmp_path, environment) == 0
    said = capsys.readouterr()
    assert "1 of 1 claims hold." in said.out
    assert said.err.startswith("1 claims, at most 0.00 USD\n")


def test_a_claim_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["dev", "--only", "moon"], tmp_path, {})
    assert "no claim named moon" in capsys.readouterr().err
