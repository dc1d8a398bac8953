"""An audit that audited nothing is no audit."""

import stat
from pathlib import Path

import pytest

from infra.tools.audit import judge, main, pins

LOCK = "one==1.0 \\\n    --hash=sha256:00\nTwo_Words==2.0 ; python_version < '3.12' \\\n    --hash=sha256:11\n"


def test_pins_are_counted_by_their_normal_names() -> None:
    assert pins(LOCK) == {"one", "two-words"}


def test_a_lock_whose_pins_were_all_audited_is_sound() -> None:
    report = {"dependencies": [{"name": "one", "version": "1.0", "vulns": []}, {"name": "two-words", "version": "2.0", "vulns": []}]}
    assert judge(report, pins(LOCK)) == []


def test_a_known_hole_is_named_with_its_fix() -> None:
    hole = {"id": "CVE-2026-1", "fix_versions": ["1.1"]}
    report = {"dependencies": [{"name": "one", "version": "1.0", "vulns": [hole]}, {"name": "two-words", "version": "2.0", "vulns": []}]}
    assert judge(report, pins(LOCK)) == ["one 1.0: CVE-2026-1, fixed in 1.1"]


def test_an_audit_of_which_everything_was_skipped_fails_with_the_reason() -> None:
    report = {"dependencies": [{"name": name, "skip_reason": f"{name} not found"} for name in ("one", "two-words")]}
    assert judge(report, pins(LOCK)) == ["Only 0 of 2 pins were audited; the first reason given: one not found"]


def test_other_packages_do_not_stand_in_for_the_pins() -> None:
    report = {"dependencies": [{"name": "three", "version": "1", "vulns": []}, {"name": "four", "version": "1", "vulns": []}]}
    assert judge(report, pins(LOCK)) == ["Only 0 of 2 pins were audited; the first reason given: none"]


@pytest.mark.parametrize("said", ["", '{"dependencies": []}'])
def test_an_empty_report_and_an_empty_lock_fail(tmp_path: Path, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, lock = tmp_path / "pip-audit", tmp_path / "empty.lock"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    lock.write_text("")
    assert main(str(program), str(lock)) == 1
    assert "Only 0 of 0 pins were audited" in capsys.readouterr().out
