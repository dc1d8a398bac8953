"""CALL: a stored procedure's body, run. Sources: AWS, r_CALL_procedure, c_PLpgSQL-statements, stored-procedure-transaction-management.

A variable stands in a statement as its value, put there before the statement is read: so a name that is both a variable's and a
column's is the variable's, as in PL/pgSQL of PostgreSQL 8.
"""

import datetime as dt
import decimal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error
from infra.local.redshift.plpgsql import Block, Step, Variable, parse_body
from infra.local.redshift.procedure_parameters import Parameter
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.sql.values import quoted
from infra.local.redshift.statement import Kind, Statement, read
from infra.local.redshift.tokens import keyword, tokenize
from infra.local.redshift.translation import from_duckdb

Run = Callable[[Session, Statement, Sequence[exp.Expression]], Outcome]
_ENDS = frozenset({Kind.COMMIT, Kind.ROLLBACK, Kind.TRUNCATE})
_DEEPEST = 16
"""Procedures that call one another nest so deep (stored-procedure-constraints)."""


class _Jump(Exception):
    """EXIT leaves a loop, CONTINUE goes on with its next turn: the innermost one, or the one of a label."""


class _Return(Exception):
    """RETURN leaves the procedure."""


def run_body(
    session: Session, body: str, parameters: Sequence[Parameter], given: Sequence[Any], run: Run, *, atomic: bool
) -> dict[str, Any]:
    """Run a procedure's body.

    Args:
        session: Whose call.
        body: The text between the dollar quotes.
        parameters: What the procedure takes.
        given: The values of those that come in.
        run: Executes one statement.
        atomic: Whether all statements are one transaction (without NONATOMIC).

    Returns:
        The values of the variables at the end.
    """
    top_level = session.status is TransactionStatus.IDLE
    frame = _Frame(session, run, top_level=top_level, atomic=atomic)
    incoming = iter(given)
    for position, parameter in enumerate(parameters, start=1):
        value = next(incoming, None) if parameter.mode != "OUT" else None
        name = parameter.name or f"${position}"
        frame.declare(Variable(name, parameter.kind), value)
        frame.names[f"${position}"] = name
    if top_level and atomic:
        session.begin()
    try:
        frame.block(parse_body(body))
    except _Return:
        pass
    except _Jump:
        raise StatementFailed("42601", "EXIT cannot be used outside a loop") from None
    except BaseException:
        if top_level and session.status is not TransactionStatus.IDLE:
            session.rollback()
        raise
    if top_level and session.status is TransactionStatus.OPEN:
        session.commit()
    return frame.values


@dataclass
class _Frame:
    session: Session
    run: Run
    top_level: bool
    atomic: bool
    values: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    cursors: dict[str, Variable] = field(default_factory=dict)
    count: int = 0

    def declare(self, variable: Variable, value: Any) -> None:
        self.kinds[variable.name] = variable.kind
        self.values[variable.name] = value

    def set_up(self, variable: Variable) -> None:
        """Declare a variable of a block with its first value."""
        if variable.kind == "alias":
            self.names[variable.name] = self.names.get(variable.value, variable.value)
            return
        self.declare(variable, None)
        if variable.kind in {"refcursor", "cursor"}:
            self.values[variable.name] = variable.name
        if variable.kind == "cursor":
            self.cursors[variable.name] = variable
        elif variable.value:
            self.assign((variable.name,), [self.evaluate(variable.value)])
        if variable.required:
            self.required.add(variable.name)
            self.refuse_null(variable.name, self.values[variable.name])
        if variable.constant:
            self.fixed.add(variable.name)

    def refuse_null(self, name: str, value: Any) -> None:
        if value is None and name in self.required:
            raise StatementFailed("22004", f'null value cannot be assigned to variable "{name}" declared NOT NULL')

    def block(self, block: Block) -> None:
        for variable in block.variables:
            self.set_up(variable)
        try:
            self.steps(block.steps)
        except (_Jump, _Return):
            raise
        except Exception as error:
            if block.handler is None:
                raise
            self.handle(from_duckdb(error), block.handler)

    def handle(self, failure: StatementFailed, handler: Sequence[Step]) -> None:
        """EXCEPTION WHEN OTHERS: what was done is undone, the handler runs, and an atomic procedure fails all the same."""
        if self.top_level and self.session.status is not TransactionStatus.IDLE:
            self.session.rollback()
            self.session.begin()
        self.declare(Variable("sqlerrm", "varchar"), failure.message)
        self.declare(Variable("sqlstate", "varchar"), failure.sqlstate)
        self.steps(handler)
        if self.top_level and self.session.status is TransactionStatus.OPEN:
            self.session.commit()
        if self.atomic:
            raise failure

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if self.session.cancelled.is_set():
                raise StatementFailed("57014", self.session.interrupted or "Query cancelled on user's request")
            _STEPS[step.kind](self, step)

    # Values.

    def evaluate(self, expression: str) -> Any:
        return self.row(f"select {expression}")[0]

    def row(self, sql: str) -> Sequence[Any]:
        outcome = self.execute(sql)
        rows = list(outcome.rows)
        self.count = len(rows)
        return rows[0] if rows else [None] * max(len(outcome.columns or []), 1)

    def execute(self, sql: str) -> Outcome:
        statement = read(self.filled(sql))
        if statement.kind in _ENDS:
            return self.end(statement)
        outcome = self.run(self.session, statement, []).read()
        written = outcome.tag.split(" ")[-1]
        self.count = int(written) if written.isdigit() else 0
        return outcome

    def end(self, statement: Statement) -> Outcome:
        """COMMIT, ROLLBACK and TRUNCATE end the procedure's transaction, and another one begins."""
        if not self.top_level:
            word = statement.kind.value.upper()
            raise StatementFailed(
                "2D000",
                f"{word} cannot be invoked from a procedure that is executing in an atomic context",
                "Try calling the procedure as the top level call, without an open transaction.",
            )
        outcome = self.run(self.session, statement, [])
        if self.atomic and self.session.status is TransactionStatus.IDLE:
            self.session.begin()
        return outcome

    def filled(self, sql: str) -> str:
        """Return a statement with the values of the variables it names."""
        tokens = tokenize(sql)
        for index in range(len(tokens) - 1, -1, -1):
            token, before = tokens[index], keyword(tokens[index - 1]) if index else ""
            name = str(token.text).lower()
            if before == "$":
                start, name = tokens[index - 1].start, f"${name}"
            elif token.token_type == TokenType.STRING or before in {".", "AS"}:
                continue
            else:
                start = token.start
            end, behind = token.end + 1, keyword(tokens[index + 1]) if index + 1 < len(tokens) else ""
            name = self.names.get(name, name)
            if behind == "." and index + 2 < len(tokens) and f"{name}.{tokens[index + 2].text}".lower() in self.values:
                name, end = f"{name}.{tokens[index + 2].text}".lower(), tokens[index + 2].end + 1
            elif name not in self.values or behind in {"(", "."}:
                continue
            sql = f"{sql[:start]}{_literal(self.values[name], self.kinds.get(name, ''))}{sql[end:]}"
        return sql

    def assign(self, names: Sequence[str], values: Sequence[Any], labels: Sequence[str] = ()) -> None:
        names = [self.names.get(name, name) for name in names]
        if len(names) == 1 and self.kinds.get(names[0]) == "record":
            for known in [known for known in self.values if known.startswith(f"{names[0]}.")]:
                del self.values[known]
            self.values |= {f"{names[0]}.{label}": value for label, value in zip(labels, values, strict=False)}
            return
        for name, value in zip(names, [*values, *[None] * len(names)], strict=False):
            if name not in self.values:
                raise StatementFailed("42601", f'"{name}" is not a known variable')
            if name in self.fixed:
                raise StatementFailed("22005", f'"{name}" is declared CONSTANT')
            self.refuse_null(name, value)
            kind = self.kinds.get(name, "")
            as_it_is = kind in {"", "record", "refcursor", "cursor"} or "%" in kind or value is None
            self.values[name] = value if as_it_is else self.row(f"select cast({_literal(value, '')} as {kind})")[0]

    # Statements.

    def do_assign(self, step: Step) -> None:
        self.assign(step.names, [self.evaluate(step.text)])

    def do_sql(self, step: Step) -> None:
        self.execute(step.text)

    def do_lost(self, _step: Step) -> None:
        raise StatementFailed(
            "42601", "SELECT query has no destination for result data", "If you want to discard the results, use PERFORM instead."
        )

    def do_select(self, step: Step) -> None:
        outcome = self.execute(step.text)
        rows = list(outcome.rows)
        self.count = len(rows)
        labels = [column.name for column in outcome.columns or []]
        self.assign(step.names, rows[0] if rows else [None] * len(labels), labels)
        self.declare(Variable("found", "boolean"), bool(rows))

    def do_fetch(self, step: Step) -> None:
        self.do_select(Step("select", _as_fetch(step.text), step.names))

    def do_if(self, step: Step) -> None:
        for condition, body in step.arms:
            if self.evaluate(condition):
                self.steps(body)
                return

    def _turn(self, loop: Step) -> bool:
        try:
            self.steps(loop.arms[0][1])
        except _Jump as jump:
            step = jump.args[0]
            if step.label not in {"", loop.label}:
                raise
            return bool(step.kind == "continue")
        return True

    def do_loop(self, step: Step) -> None:
        while self._turn(step):
            pass

    def do_while(self, step: Step) -> None:
        while self.evaluate(step.text) and self._turn(step):
            pass

    def do_for(self, step: Step) -> None:
        first, _, last = step.text.partition("..")
        low, high = int(self.evaluate(first)), int(self.evaluate(last))
        turns: Iterator[int] = iter(range(low, high - 1, -1) if step.words else range(low, high + 1))
        kept = self.values.get(step.names[0]), self.kinds.get(step.names[0], "")
        for turn in turns:
            self.declare(Variable(step.names[0], "integer"), turn)
            if not self._turn(step):
                break
        self.declare(Variable(step.names[0], kept[1]), kept[0])

    def do_query(self, step: Step) -> None:
        dynamic = step.text.lower().startswith("execute")
        outcome = self.execute(str(self.evaluate(step.text[len("execute") :])) if dynamic else step.text)
        labels = [column.name for column in outcome.columns or []]
        for row in list(outcome.rows):
            if self.kinds.get(step.names[0]) == "record":
                self.assign(step.names, row, labels)
            else:
                self.assign(step.names, row)
            if not self._turn(step):
                break

    def do_jump(self, step: Step) -> None:
        if not step.text or self.evaluate(step.text):
            raise _Jump(step)

    def do_return(self, _step: Step) -> None:
        raise _Return

    def do_raise(self, step: Step) -> None:
        pieces = self.row(f"select {step.text}")
        told = str(pieces[0])
        for value in pieces[1:]:
            told = told.replace("%", "<NULL>" if value is None else str(value), 1)
        level = step.words[0]
        if level == "EXCEPTION":
            raise StatementFailed("P0001", told)
        if level not in {"DEBUG", "LOG"}:
            self.session.notices.append(told)

    def do_execute(self, step: Step) -> None:
        text = str(self.evaluate(step.text))
        if step.names:
            self.do_select(Step("select", text, step.names))
        else:
            self.execute(text)

    def do_open(self, step: Step) -> None:
        name = str(self.values.get(step.names[0]) or step.names[0])
        if bound := self.cursors.get(step.names[0]):
            given = self.row(f"select {step.text.strip()[1:-1]}") if step.text.strip() else ()
            if len(given) != len(bound.arguments):
                raise syntax_error(f'in the arguments of cursor "{bound.name}"')
            for argument, value in zip(bound.arguments, given, strict=True):
                self.declare(Variable(argument, ""), value)
            step = Step("open", bound.value, step.names)
        text = str(self.evaluate(step.text[len("execute") :])) if step.text.lower().startswith("execute") else self.filled(step.text)
        self.run(self.session, read(f"declare {name} cursor for {text}"), [])

    def do_block(self, step: Step) -> None:
        if step.block is None:
            return
        try:
            self.block(step.block)
        except _Jump as jump:
            if not step.label or jump.args[0].label != step.label or jump.args[0].kind != "exit":
                raise

    def do_null(self, _step: Step) -> None:
        return

    def do_count(self, step: Step) -> None:
        self.assign(step.names, [self.count])


def _as_fetch(text: str) -> str:
    words = text.split()
    return f"fetch from {words[-1]}" if len(words) == 2 else text  # noqa: PLR2004 - FETCH and a cursor's name


def _literal(value: Any, kind: str) -> str:
    """Return a value as SQL writes it, with its type where that is known."""
    if value is None:
        return f"cast(null as {kind})" if kind and kind not in {"record", "refcursor"} and "%" not in kind else "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | decimal.Decimal):
        return f"cast('{value!r}' as double precision)" if isinstance(value, float) else f"({decimal.Decimal(value):f})"
    if isinstance(value, dt.datetime):
        return f"cast({quoted(value.isoformat(' '))} as {'timestamptz' if value.tzinfo else 'timestamp'})"
    if isinstance(value, dt.date | dt.time):
        return f"cast({quoted(value.isoformat())} as {'date' if isinstance(value, dt.date) else 'time'})"
    if not isinstance(value, str):
        raise not_supported(f"a variable of type {kind}" if kind else "a variable of such a type")
    return quoted(value)


_OTHERS = {"exit": _Frame.do_jump, "continue": _Frame.do_jump}
_NAMES = "assign sql lost select fetch if loop while for query return raise execute open block null count"
_STEPS: dict[str, Callable[[_Frame, Step], None]] = _OTHERS | {name: getattr(_Frame, f"do_{name}") for name in _NAMES.split()}
