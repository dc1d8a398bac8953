"""What a peer's suite came to: each of its tests passed, failed, or is not applicable with the reason."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"


@dataclass(frozen=True)
class Exemption:
    """What no Redshift, or no server on this machine, can pass.

    Attributes:
        pattern: Searched in a failed test's module and name; an error's text would excuse whatever happens to mention the word.
        reason: Why it says nothing about the local Redshift.
    """

    pattern: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """One test of a peer.

    Attributes:
        name: Its module and name.
        status: ``passed``, ``failed`` or ``not applicable``.
        reason: The last line of the error, or why it is not applicable.
    """

    name: str
    status: str
    reason: str = ""


def outcomes_of(report: Path, exemptions: Sequence[Exemption]) -> list[Outcome]:
    """Read a JUnit report.

    Args:
        report: As pytest's ``--junitxml`` writes it.
        exemptions: Looked up for failures only: a test that passes counts whatever it is about.

    Raises:
        ET.ParseError: no JUnit report.
    """
    # The file was written by the run before, on this machine.
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314
    return _worst_of_each([_outcome(case, exemptions) for case in cases])


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the counts, then every failure, then the reasons for what is not applicable."""
    counts = Counter(outcome.status for outcome in outcomes)
    lines = [f"{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[NOT_APPLICABLE]} not applicable"]
    lines += [f"  failed: {outcome.name}: {outcome.reason}" for outcome in outcomes if outcome.status == FAILED]
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.status == NOT_APPLICABLE)
    lines += [f"  not applicable ({count}): {reason}" for reason, count in reasons.most_common()]
    return "\n".join(lines)


def _outcome(case: ET.Element, exemptions: Sequence[Exemption]) -> Outcome:
    name = f"{case.get('classname', '')}::{case.get('name', '')}"
    broken = case.find("failure")
    broken = case.find("error") if broken is None else broken
    if broken is None:
        skipped = case.find("skipped")
        if skipped is None:
            return Outcome(name, PASSED)
        return Outcome(name, NOT_APPLICABLE, f"skipped by itself: {skipped.get('message', '')}"[:200])
    for exemption in exemptions:
        if re.search(exemption.pattern, name):
            return Outcome(name, NOT_APPLICABLE, exemption.reason)
    return Outcome(name, FAILED, _last_error(broken))


def _last_error(broken: ET.Element) -> str:
    told = [line[1:].strip() for line in (broken.text or "").splitlines() if line.startswith("E  ")]
    return (told[0] if told else (broken.get("message") or "no message").splitlines()[0])[:300]


def _worst_of_each(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """A test that passed and whose teardown failed is told twice by pytest; it failed."""
    ranks = {PASSED: 0, NOT_APPLICABLE: 1, FAILED: 2}
    worst: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = worst.get(outcome.name)
        if known is None or ranks[outcome.status] > ranks[known.status]:
            worst[outcome.name] = outcome
    return list(worst.values())
