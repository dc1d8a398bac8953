"""The body of a stored procedure, read: PL/pgSQL's blocks, loops and statements. Source: AWS, c_PLpgSQL-structure, c_PLpgSQL-statements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.tokens import tokenize
from infra.local.redshift.word_reader import WordReader


@dataclass(frozen=True)
class Variable:
    """One variable of a DECLARE: its type as written, its first value as an expression, whether it may change.

    Attributes:
        arguments: Names of the arguments of a cursor whose query, in ``value``, is declared with it.
    """

    name: str
    kind: str
    value: str = ""
    constant: bool = False
    required: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One statement.

    Attributes:
        kind: What it is: ``sql``, ``lost`` (a SELECT whose rows go nowhere), ``assign``, ``if``, ``loop``, ``while``, ``for``, ``query``,
            ``exit``, ``continue``, ``return``, ``raise``, ``execute``, ``open``, ``block``, ``null``, ``count``.
        text: The SQL, the expression or the condition.
        names: The variables it gives values to, or the loop's variable.
        arms: The bodies: of an IF with their conditions, of a loop one.
        words: What else decides: a level, REVERSE.
        label: The name of a loop or block, and of the one that EXIT or CONTINUE means.
    """

    kind: str
    text: str = ""
    names: tuple[str, ...] = ()
    arms: tuple[tuple[str, "tuple[Step, ...]"], ...] = ()
    words: tuple[str, ...] = ()
    block: "Block | None" = None
    label: str = ""


@dataclass(frozen=True)
class Block:
    """DECLARE, BEGIN, EXCEPTION, END."""

    variables: tuple[Variable, ...]
    steps: tuple[Step, ...]
    handler: tuple[Step, ...] | None = None


def parse_body(body: str) -> Block:
    """Return the block a procedure's body is.

    Raises:
        StatementFailed: 42601 where it is none.
    """
    reader = _Reader(body)
    label = reader.label()
    block = reader.block()
    reader.expect_end()
    return Block((), (Step("block", block=block, label=label),)) if label else block


class _Reader(WordReader):
    def __init__(self, body: str) -> None:
        super().__init__(tokenize(body))
        self.body = body

    def until(self, *ends: str) -> str:
        """Return the text up to one of the words, outside parentheses and CASE, and stand on that word."""
        begun, depth, cases = self.index, 0, 0
        while self.index < len(self.tokens):
            word, kind = self.words[self.index], self.tokens[self.index].token_type
            if depth == 0 and not cases and (word in ends or (kind == TokenType.SEMICOLON and ";" in ends)):
                break
            depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
            cases += (word == "CASE") - (word == "END" and cases > 0)
            self.index += 1
        if self.index >= len(self.tokens):
            raise syntax_error_near("")
        if begun == self.index:
            return ""
        return self.body[self.tokens[begun].start : self.tokens[self.index - 1].end + 1]

    def block(self) -> Block:
        variables: list[Variable] = []
        if self.taken("DECLARE"):
            while self.word() != "BEGIN":
                self.taken("DECLARE")
                variables.append(self._variable())
        self.expect("BEGIN")
        steps, handler = self._steps("END", "EXCEPTION"), None
        if self.taken("EXCEPTION"):
            self.expect("WHEN", "OTHERS", "THEN")
            handler = self._steps("END")
        self.expect("END")
        if self.word() not in {";", ""} and self.tokens[self.index].token_type != TokenType.SEMICOLON:
            self.index += 1  # the block's label
        self.taken(";")
        return Block(tuple(variables), steps, handler)

    def _variable(self) -> Variable:
        name = self.text().lower()
        self.index += 1
        if self.taken("ALIAS", "FOR"):
            return Variable(name, "alias", self.until(";").strip(), constant=bool(self.taken(";")))
        if self.taken("CURSOR"):
            return self._cursor(name)
        constant = self.taken("CONSTANT")
        kind = self._before_value()
        required = self.taken("NOT", "NULL")
        value = ""
        if self.taken("DEFAULT") or self._assigned():
            value = self.until(";")
        self.expect(";")
        return Variable(name, kind.lower(), value, constant, required)

    def _cursor(self, name: str) -> Variable:
        """Name CURSOR [(argument type, ...)] {FOR | IS} query (c_PLpgSQL-statements)."""
        arguments: list[str] = []
        if self.taken("("):
            while not self.taken(")"):
                arguments.append(self.text().lower())
                self.until(",", ")")
                self.taken(",")
        if not (self.taken("FOR") or self.taken("IS")):
            raise syntax_error_near(self.text())
        query = self.until(";")
        self.expect(";")
        return Variable(name, "cursor", query, arguments=tuple(arguments))

    def _before_value(self) -> str:
        begun = self.index
        while self.word() not in {";", "DEFAULT", "NOT", "=", ":=", ":"} and self.index < len(self.tokens):
            self.index += 1
        if begun == self.index:
            raise syntax_error_near(self.text())
        return self.body[self.tokens[begun].start : self.tokens[self.index - 1].end + 1]

    def _assigned(self) -> bool:
        return self.taken(":=") or self.taken(":", "=") or self.taken("=")

    def _steps(self, *ends: str) -> tuple[Step, ...]:
        found: list[Step] = []
        while self.word() not in ends:
            if self.index >= len(self.tokens):
                raise syntax_error_near("")
            found.append(self._step())
        return tuple(found)

    def _step(self) -> Step:
        label = self.label()
        reads = _READERS.get(self.word())
        if reads is not None:
            return replace(reads(self), label=label) if label else reads(self)
        if self.word(1) in {":=", ":"} or (self.word(1) == "=" and self.word() != "SET"):
            return self._assignment((self.text().lower(),), 1)
        if self.word(1) == "." and self.word(3) in {":=", ":"}:
            return self._assignment((f"{self.text()}.{self.tokens[self.index + 2].text}".lower(),), 3)
        return self._sql()

    def label(self) -> str:
        if not self.taken("<", "<"):
            return ""
        label = self.text().lower()
        self.index += 1
        self.expect(">", ">")
        return label

    def _assignment(self, names: tuple[str, ...], width: int) -> Step:
        self.index += width
        if not self._assigned():
            raise syntax_error_near(self.text())
        value = self.until(";")
        self.expect(";")
        return Step("assign", value, names)

    def _sql(self) -> Step:
        """Read any SQL; SELECT and FETCH may put what they find INTO variables."""
        first, begun = self.word(), self.index
        text = self.until(";")
        end = self.index
        self.expect(";")
        if first not in {"SELECT", "FETCH", "WITH"}:
            return Step("sql", text)
        depth = 0
        for index in range(begun, end):
            depth += (self.words[index] == "(") - (self.words[index] == ")")
            if depth == 0 and self.words[index] == "INTO":
                last, names = _targets(self.tokens, self.words, index + 1, end)
                text = (
                    self.body[self.tokens[begun].start : self.tokens[index].start]
                    + self.body[self.tokens[last - 1].end + 1 : _end(self.tokens, end)]
                )
                return Step("fetch" if first == "FETCH" else "select", text, names)
        return Step("lost" if first == "SELECT" else "sql", text)

    def read_if(self) -> Step:
        arms: list[tuple[str, tuple[Step, ...]]] = []
        self.expect("IF")
        while True:
            condition = self.until("THEN")
            self.expect("THEN")
            arms.append((condition, self._steps("ELSIF", "ELSEIF", "ELSE", "END")))
            if not (self.taken("ELSIF") or self.taken("ELSEIF")):
                break
        if self.taken("ELSE"):
            arms.append(("true", self._steps("END")))
        self.expect("END", "IF", ";")
        return Step("if", arms=tuple(arms))

    def read_case(self) -> Step:
        """CASE [expression] WHEN expression, ... THEN statements ... [ELSE statements] END CASE, as the IF it stands for."""
        self.expect("CASE")
        sought = self.until("WHEN")
        arms: list[tuple[str, tuple[Step, ...]]] = []
        while self.taken("WHEN"):
            condition = self.until("THEN")
            self.expect("THEN")
            arms.append((f"({sought}) in ({condition})" if sought else condition, self._steps("WHEN", "ELSE", "END")))
        other = self._steps("END") if self.taken("ELSE") else (Step("raise", "'case not found'", words=("EXCEPTION",)),)
        self.expect("END", "CASE", ";")
        return Step("if", arms=(*arms, ("true", other)))

    def _body(self) -> tuple[tuple[str, tuple[Step, ...]], ...]:
        self.expect("LOOP")
        steps = self._steps("END")
        self.expect("END", "LOOP")
        self.until(";")  # the loop's label
        self.expect(";")
        return (("", steps),)

    def read_loop(self) -> Step:
        return Step("loop", arms=self._body())

    def read_while(self) -> Step:
        self.expect("WHILE")
        return Step("while", self.until("LOOP"), arms=self._body())

    def read_for(self) -> Step:
        self.expect("FOR")
        name = self.text().lower()
        self.index += 1
        self.expect("IN")
        words = ("REVERSE",) if self.taken("REVERSE") else ()
        text = self.until("LOOP")
        kind = "for" if ".." in text and not text.lower().startswith(("select", "with", "execute")) else "query"
        return Step(kind, text, (name,), self._body(), words)

    def read_jump(self) -> Step:
        kind = self.word().lower()
        self.index += 1
        label = ""
        if self.word() not in {"WHEN", ";"}:
            label = self.text().lower()
            self.index += 1
        condition = self.until(";") if self.taken("WHEN") else ""
        self.expect(";")
        return Step(kind, condition, label=label)

    def read_plain(self) -> Step:
        kind = self.word().lower()
        self.until(";")
        self.expect(";")
        return Step(kind)

    def read_raise(self) -> Step:
        self.expect("RAISE")
        level = self.word() if self.word() in _LEVELS else "EXCEPTION"
        self.index += self.word() in _LEVELS
        text = self.until(";")
        self.expect(";")
        return Step("raise", text, words=(level,))

    def read_execute(self) -> Step:
        self.expect("EXECUTE")
        text = self.until(";", "INTO")
        names: tuple[str, ...] = ()
        if self.taken("INTO"):
            begun = self.index
            self.until(";")
            _, names = _targets(self.tokens, self.words, begun, self.index)
        self.expect(";")
        return Step("execute", text, names)

    def read_perform(self) -> Step:
        self.expect("PERFORM")
        text = self.until(";")
        self.expect(";")
        return Step("sql", f"select {text}")

    def read_open(self) -> Step:
        self.expect("OPEN")
        name = self.text().lower()
        self.index += 1
        self.taken("FOR")
        text = self.until(";")
        self.expect(";")
        return Step("open", text, (name,))

    def read_count(self) -> Step:
        self.expect("GET", "DIAGNOSTICS")
        name = self.text().lower()
        self.index += 1
        if not self._assigned():
            raise syntax_error_near(self.text())
        self.expect("ROW_COUNT", ";")
        return Step("count", names=(name,))

    def read_block(self) -> Step:
        return Step("block", block=self.block())


def _end(tokens: Sequence[Token], end: int) -> int:
    return int(tokens[end - 1].end) + 1


def _targets(tokens: Sequence[Token], words: Sequence[str], index: int, end: int) -> tuple[int, tuple[str, ...]]:
    """Read the variables behind INTO, and return where they end."""
    names: list[str] = []
    if words[index : index + 1] == ["STRICT"]:
        index += 1
    while index < end:
        name = str(tokens[index].text).lower()
        index += 1
        if index + 1 < end and words[index] == ".":
            name += f".{tokens[index + 1].text}".lower()
            index += 2
        names.append(name)
        if index >= end or words[index] != ",":
            break
        index += 1
    if not names:
        raise StatementFailed("42601", "INTO used without a variable")
    return index, tuple(names)


_LEVELS = frozenset({"DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "EXCEPTION"})
_READERS = {
    "IF": _Reader.read_if,
    "CASE": _Reader.read_case,
    "LOOP": _Reader.read_loop,
    "WHILE": _Reader.read_while,
    "FOR": _Reader.read_for,
    "EXIT": _Reader.read_jump,
    "CONTINUE": _Reader.read_jump,
    "RETURN": _Reader.read_plain,
    "NULL": _Reader.read_plain,
    "RAISE": _Reader.read_raise,
    "EXECUTE": _Reader.read_execute,
    "PERFORM": _Reader.read_perform,
    "OPEN": _Reader.read_open,
    "GET": _Reader.read_count,
    "DECLARE": _Reader.read_block,
    "BEGIN": _Reader.read_block,
}
