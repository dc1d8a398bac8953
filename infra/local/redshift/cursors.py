"""PREPARE and EXECUTE, cursors, EXPLAIN. Sources: AWS, r_PREPARE.html, r_EXECUTE.html, declare.html, fetch.html, r_EXPLAIN.html."""

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from infra.local.redshift import parameters, queries
from infra.local.redshift.errors import StatementFailed, syntax_error, syntax_error_near
from infra.local.redshift.named import Cursor, Prepared
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.sql import grammar
from infra.local.redshift.statement import Kind, Statement, read
from infra.local.redshift.tokens import closing, keywords
from infra.local.redshift.types import VARCHAR, Column

_PREPARED = frozenset({Kind.QUERY, Kind.INSERT, Kind.UPDATE, Kind.DELETE})
_EXPLAINED = frozenset({*_PREPARED, Kind.CREATE_TABLE, Kind.MERGE})


def prepare(session: Session, statement: Statement) -> Outcome:
    """Execute PREPARE name [(types)] AS statement."""
    words = keywords(statement.tokens)
    name = str(statement.tokens[1].text).lower() if len(words) > 1 else ""
    index = 2
    kinds: list[exp.Expression] = []
    if words[2:3] == ["("]:
        end = closing(statement.tokens, 2)
        kinds = _kinds(statement.sql[statement.tokens[2].start + 1 : statement.tokens[end].start])
        index = end + 1
    if words[index : index + 1] != ["AS"] or not name or index + 1 >= len(words):
        raise syntax_error_near(words[index] if index < len(words) else "")
    if name in session.named.statements:
        raise StatementFailed("42P05", f'prepared statement "{name}" already exists')
    inner = read(statement.sql[statement.tokens[index + 1].start :])
    if inner.kind not in _PREPARED:
        raise syntax_error_near(words[index + 1])
    session.named.statements[name] = Prepared(inner, max(len(kinds), parameters.highest(inner.tree)), kinds)
    return Outcome("PREPARE")


def _kinds(listed: str) -> list[exp.Expression]:
    """Return the types PREPARE lists."""
    texts = re.split(r",(?![^(]*\))", listed)
    return [grammar.parse(f"select cast(null as {text})").expressions[0].unalias().args["to"] for text in texts]


def _executed(session: Session, statement: Statement) -> tuple[Statement, list[exp.Expression]]:
    """Return what an EXECUTE names, and its values, each as the type PREPARE gave its parameter.

    Raises:
        StatementFailed: 26000 for an unknown name, 42601 for more or fewer values.
    """
    name = str(statement.tokens[1].text).lower() if len(statement.tokens) > 1 else ""
    if name not in session.named.statements:
        raise StatementFailed("26000", f'prepared statement "{name}" does not exist')
    known = session.named.statements[name]
    values: list[exp.Expression] = []
    if len(statement.tokens) > 2:  # noqa: PLR2004 - EXECUTE and a name
        tree = grammar.parse("select " + statement.sql[statement.tokens[2].start + 1 : statement.tokens[-1].start])
        values = list(tree.expressions)
    if len(values) != known.count:
        fact = f'wrong number of parameters for prepared statement "{name}": {known.count} expected, {len(values)} given'
        raise StatementFailed("42601", fact)
    typed = [exp.Cast(this=value.copy(), to=kind.copy()) for value, kind in zip(values, known.kinds, strict=False)]
    return known.statement, [*typed, *values[len(known.kinds) :]]


def execute_prepared(
    session: Session, statement: Statement, run: Callable[[Session, Statement, Sequence[exp.Expression]], Outcome]
) -> Outcome:
    """Execute EXECUTE name [(values)]."""
    return run(session, *_executed(session, statement))


def columns_of_prepared(session: Session, statement: Statement) -> list[Column] | None:
    """Return the result columns of an EXECUTE, None where its statement has none."""
    inner, values = _executed(session, statement)
    return queries.described(session, inner.tree, values) if inner.kind is Kind.QUERY else None


def deallocate(session: Session, statement: Statement) -> Outcome:
    """Execute DEALLOCATE [PREPARE] {name|ALL}."""
    words = keywords(statement.tokens)
    name = str(statement.tokens[-1].text).lower()
    if len(words) < 2:  # noqa: PLR2004 - DEALLOCATE and a name
        raise syntax_error_near("")
    if words[-1] == "ALL":
        session.named.statements.clear()
    elif session.named.statements.pop(name, None) is None:
        raise StatementFailed("26000", f'prepared statement "{name}" does not exist')
    return Outcome("DEALLOCATE")


def declare(session: Session, statement: Statement) -> Outcome:
    """Execute DECLARE name CURSOR FOR query, in a transaction only."""
    words = keywords(statement.tokens)
    begins = 6 if words[3:5] == ["WITHOUT", "HOLD"] else 4  # psycopg2 writes what is the default anyway
    if words[2] != "CURSOR" or words[begins - 1 : begins] != ["FOR"] or len(words) <= begins:
        raise syntax_error("DECLARE name CURSOR FOR query expected")
    if session.status is not TransactionStatus.OPEN:
        raise StatementFailed("25P01", "DECLARE CURSOR may only be used in transaction blocks")
    name = str(statement.tokens[1].text).lower()
    if session.named.cursors:
        raise StatementFailed("0A000", "DECLARE CURSOR is limited to one open cursor at a time in a session")
    inner = read(statement.sql[statement.tokens[begins].start :])
    if inner.kind is not Kind.QUERY:
        raise syntax_error_near(words[begins])
    outcome = queries.select(session, inner, []).read()
    session.named.cursors[name] = Cursor(outcome.columns or [], list(outcome.rows))
    return Outcome("DECLARE CURSOR")


def fetch(session: Session, statement: Statement) -> Outcome:
    """Execute FETCH [NEXT | ALL | {FORWARD [count | ALL]}] FROM cursor."""
    cursor = cursor_of(session, statement)
    words = keywords(statement.tokens)[1:]
    index = next((position for position, word in enumerate(words) if word in {"FROM", "IN"}), -1)
    if index < 0:
        raise syntax_error_near(words[0].lower() if words else "")
    how = words[:index]
    if how in ([], ["NEXT"], ["FORWARD"]):
        count = 1
    elif how in (["ALL"], ["FORWARD", "ALL"]):
        count = len(cursor.rows)
    elif how[:1] == ["FORWARD"] and len(how) == 2 and how[1].isdigit():  # noqa: PLR2004 - FORWARD and a number
        count = int(how[1])
    else:
        raise syntax_error_near(how[0].lower())
    rows = cursor.rows[cursor.position : cursor.position + count]
    cursor.position += len(rows)
    return Outcome(f"FETCH {len(rows)}", cursor.columns, rows)


def cursor_of(session: Session, statement: Statement) -> Cursor:
    """Return the cursor a FETCH or CLOSE names last.

    Raises:
        StatementFailed: 34000 where there is none.
    """
    name = str(statement.tokens[-1].text).lower()
    if name not in session.named.cursors:
        raise StatementFailed("34000", f'cursor "{name}" does not exist')
    return session.named.cursors[name]


def close(session: Session, statement: Statement) -> Outcome:
    """Execute CLOSE cursor."""
    if keywords(statement.tokens)[1:] == ["ALL"]:
        session.named.cursors.clear()
        return Outcome("CLOSE CURSOR")
    cursor_of(session, statement)
    session.named.cursors.pop(str(statement.tokens[-1].text).lower())
    return Outcome("CLOSE CURSOR")


def explain(session: Session, statement: Statement) -> Outcome:
    """Execute EXPLAIN [VERBOSE] statement: its steps in Redshift's names; costs are not estimated here and told as 0."""
    words = keywords(statement.tokens)
    index = 2 if words[1:2] == ["VERBOSE"] else 1
    if index >= len(words):
        raise syntax_error_near("")
    inner = read(statement.sql[statement.tokens[index].start :])
    if inner.kind not in _EXPLAINED:
        raise syntax_error_near(words[index].lower())
    if inner.kind is Kind.QUERY:
        queries.translated(session, inner.tree)
    return Outcome("EXPLAIN", [Column("QUERY PLAN", VARCHAR)], [(line,) for line in _plan(inner.tree)])


def _plan(tree: exp.Expression) -> list[str]:
    """Return the steps of a statement, the last one first."""
    steps = []
    select = tree if isinstance(tree, exp.Query) else tree.find(exp.Query)
    if isinstance(select, exp.Select):
        for name, step in (("limit", "XN Limit"), ("order", "XN Merge"), ("distinct", "XN Unique")):
            if select.args.get(name):
                steps.append(step)
        if select.args.get("group"):
            steps.append("XN HashAggregate")
        elif any(
            isinstance(node, exp.Anonymous) and str(node.name).lower() in {"count", "sum", "avg", "min", "max"} for node in select.walk()
        ):
            steps.append("XN Aggregate")
        steps += ["XN Hash Join DS_DIST_NONE"] * len(select.args.get("joins") or [])
    elif select is not None:
        steps.append("XN Append")
    scans = [f"XN Seq Scan on {node.name}" for node in tree.find_all(exp.Table)]
    lines = [*steps, *scans] or ["XN Result"]
    cost = "  (cost=0.00..0.00 rows=0 width=0)"
    return [("  " * depth + ("->  " if depth else "")) + step + cost for depth, step in enumerate(lines)]
