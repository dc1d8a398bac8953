"""Reading the claims, and asking a connection of redshift_connector whether it holds them."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redshift_connector


@dataclass
class Claim:
    """One claim.

    Attributes:
        text: What is claimed.
        page: AWS's page.
        expected: What the last statement gives: ``!`` and an SQLSTATE, rows, or "" where it only succeeds.
        statements: What is executed, in order.
    """

    text: str
    page: str = ""
    expected: str = ""
    statements: list[str] = field(default_factory=list)


def claims() -> list[Claim]:
    """Return every claim.

    Raises:
        ValueError: a line of the file is none that a claim has.
    """
    found: list[Claim] = []
    for line in (Path(__file__).parent / "claims.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found.append(Claim(line[1:-1]))
        elif line.startswith("page = "):
            found[-1].page = line.removeprefix("page = ")
        elif line.startswith("expected ="):
            found[-1].expected = line.removeprefix("expected =").removeprefix(" ")
        elif line.startswith("> "):
            found[-1].statements.append(line.removeprefix("> "))
        elif line and not line.startswith("#"):
            raise ValueError(f"claims.txt: {line}")
    return found


def answer(connect: Callable[[], Any], claim: Claim) -> str:
    """Return what the last statement of a claim gives, written as ``expected`` is."""
    connection = connect()
    connection.autocommit = True
    try:
        for statement in claim.statements[:-1]:
            with contextlib.closing(connection.cursor()) as cursor:
                cursor.execute(statement)
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(claim.statements[-1])
            rows = cursor.fetchall() if cursor.description else []
        return ";".join(",".join(str(value) for value in row) for row in rows)
    except redshift_connector.error.Error as error:
        told = error.args[0] if error.args else {}
        return f"!{told['C']}" if isinstance(told, dict) and "C" in told else f"!{error}"
    finally:
        with contextlib.suppress(redshift_connector.error.Error):
            connection.close()


def broken(connect: Callable[[], Any]) -> Iterator[tuple[Claim, str]]:
    """Yield the claims that do not hold, each with what was answered instead."""
    for claim in claims():
        found = answer(connect, claim)
        if found != claim.expected if claim.expected else found.startswith("!"):
            yield claim, found
