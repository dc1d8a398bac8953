"""What validating some symbols of a batch gives, so that the verdict on the batch can be made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.quality.errors import SuiteBroken
from tasks.quality.great_expectations import Finding, Findings
from tasks.quality.rules import Suite


@dataclass(frozen=True, eq=False)
class ValidatedPart:
    """What the rules found among all rows of some symbols.

    Attributes:
        rows: how many rows they are.
        quarantined: rows of the ``quarantined`` schema of the validation target.
        repeated: the positions of the rows that an equal one stands for.
        findings: of every rule, positions as among these rows alone.
    """

    rows: int
    quarantined: pa.Table
    repeated: npt.NDArray[np.int64]
    findings: Findings

    def findings_behind(self, rows: int) -> Findings:
        """The findings, for rows that stand behind others in a larger batch."""
        each = (
            finding if finding.positions is None else replace(finding, positions=finding.positions + rows) for finding in self.findings.each
        )
        return Findings(tuple(each), self.findings.result)


def findings_document(findings: Findings) -> dict[str, Any]:
    """Findings as JSON takes them."""
    each = [
        {
            "reason": finding.rule.reason,
            "holds": finding.holds,
            "rows": finding.rows,
            "positions": None if finding.positions is None else finding.positions.tolist(),
            "missing": list(finding.missing),
        }
        for finding in findings.each
    ]
    return {"each": each, "result": findings.result}


def read_findings(document: Mapping[str, Any], suite: Suite) -> Findings:
    """What ``findings_document`` was made of.

    Args:
        document: as it was made.
        suite: the rules by which it was validated.

    Raises:
        SuiteBroken: it was validated by other rules.
    """
    found = {each["reason"]: each for each in document["each"]}
    if list(found) != [rule.reason for rule in suite.rules]:
        raise SuiteBroken(
            f"A shard was validated by other rules than {suite.name} has here.", "Deploy one version of the code, and run again."
        )
    each = (
        Finding(
            rule,
            entry["holds"],
            entry["rows"],
            None if entry["positions"] is None else np.array(entry["positions"], dtype=np.int64),
            tuple(entry["missing"]),
        )
        for rule, entry in zip(suite.rules, found.values(), strict=True)
    )
    return Findings(tuple(each), dict(document["result"]))
