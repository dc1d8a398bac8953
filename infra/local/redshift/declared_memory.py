"""What is remembered of objects that only AWS can have, by kind and name: see ``declared`` and ``external_tables``."""

import json
from typing import Any

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session

# ruff: noqa: S608 - names are our own

MEMORY = f"{CATALOG_SCHEMA}.declared"
"""The table."""
_WHICH = "kind = ? and schema_name = ? and name = ?"


def known(session: Session, kind: str, schema: str, name: str) -> dict[str, Any] | None:
    """Return what is remembered of an object, its owner as well; None where there is none."""
    rows = session.execute(f"select details, owner from {MEMORY} where {_WHICH}", [kind, schema, name])
    return {**json.loads(rows[0][0]), "owner": rows[0][1]} if rows else None


def remember(session: Session, kind: str, schema: str, name: str, held: dict[str, Any]) -> None:
    """Remember an object of the session's user, in place of one that is known by that name."""
    with session.atomic():
        forget(session, kind, schema, name)
        session.execute(f"insert into {MEMORY} values (?, ?, ?, ?, ?)", [kind, schema, name, json.dumps(held), session.user])


def change(session: Session, kind: str, schema: str, name: str, held: dict[str, Any]) -> None:
    """Remember something else of an object that is known; its owner stays."""
    session.execute(f"update {MEMORY} set details = ? where {_WHICH}", [json.dumps(held), kind, schema, name])


def forget(session: Session, kind: str, schema: str, name: str) -> None:
    """Forget an object."""
    session.execute(f"delete from {MEMORY} where {_WHICH}", [kind, schema, name])
