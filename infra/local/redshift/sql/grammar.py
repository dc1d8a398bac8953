"""Redshift's grammar: sqlglot's, without its knowledge of other databases' functions, and with Redshift's words for errors.

A function stays the name it was written with, so that a list of Redshift's functions decides what it is. Whatever the parser takes
beyond Redshift's grammar is refused where the tree is translated: that knows Redshift's constructs and nothing else.
"""

import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import StatementFailed, syntax_error, syntax_error_near
from infra.local.redshift.sql.signatures import reserved_words

_SPECIAL = ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST")
_TYPES = frozenset(
    word.replace("_", " ")
    for line in (Path(__file__).parent / "allowed" / "types.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
_CONSTRAINTS = (
    *("CHECK", "COLLATE", "DEFAULT", "ENCODE", "FOREIGN KEY", "GENERATED", "IDENTITY", "LIKE"),
    *("NOT", "NULL", "PRIMARY KEY", "REFERENCES", "UNIQUE"),
)
"""What may stand behind a column or among the columns (r_CREATE_TABLE_NEW); CHECK is read so that it is refused by its name."""
_INTERVAL_FIELDS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
_OTHERS_WORDS = frozenset({"RLIKE", "REGEXP", "IRLIKE"})
_SIGNS = re.compile(r"[-+*/<>=~!@#%^&|?:]{2,}|\?")
_OPERATORS = frozenset(["<>", "!=", "<=", ">=", "<<", ">>", "||", "|/", "||/", "::", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*", "=>"])
"""Redshift's operators of several signs; sqlglot knows other databases' too."""
_QUOTED = frozenset({TokenType.IDENTIFIER, TokenType.STRING, TokenType.BYTE_STRING, TokenType.NATIONAL_STRING})
_SET_OPERATIONS = frozenset({TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT})
_HIGHLIGHT = re.compile(r"\x1b\[4m(.*?)\x1b\[0m", re.DOTALL)


class Grammar(Redshift):  # type: ignore[misc]
    """sqlglot's Redshift with functions left as they are written, and with the operators ``@`` and ``#``."""

    SUPPORTS_USER_DEFINED_TYPES = True  # so that a type that does not exist is told by its name

    class Tokenizer(Redshift.Tokenizer):  # type: ignore[misc]
        """The words; ``@`` and ``#`` are operators, not the start of a name."""

        VAR_SINGLE_TOKENS: ClassVar[set[str]] = {"$"}
        HEREDOC_STRINGS: ClassVar[list[Any]] = []  # `$1+$2` is no text; `_words_of` knows labels
        QUOTES: ClassVar[list[Any]] = [*Redshift.Tokenizer.QUOTES, "$$"]
        KEYWORDS: ClassVar[dict[str, Any]] = {
            word: kind
            for word, kind in Redshift.Tokenizer.KEYWORDS.items()
            if kind not in Redshift.Parser.TYPE_TOKENS or word.lower() in _TYPES
        }
        SINGLE_TOKENS: ClassVar[dict[str, Any]] = {
            **Redshift.Tokenizer.SINGLE_TOKENS,
            "@": TokenType.CARET_AT,
            "#": TokenType.HASH,
            "$": TokenType.PARAMETER,
        }

    class Parser(Redshift.Parser):  # type: ignore[misc]
        """The parser; only functions whose arguments are no plain list keep a node of their own."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {name: Redshift.Parser.FUNCTION_PARSERS[name] for name in _SPECIAL} | {
            "OBJECT_TRANSFORM": lambda self: _object_transform(self)  # noqa: PLW0108 - it is defined further down
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: Redshift.Parser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE", "SYSDATE")
        } | {"APPROXIMATE": lambda self: _approximate(self)}  # noqa: PLW0108 - it is defined further down
        CONSTRAINT_PARSERS: ClassVar[dict[str, Any]] = {name: Redshift.Parser.CONSTRAINT_PARSERS[name] for name in _CONSTRAINTS}
        TYPE_LITERAL_PARSERS: ClassVar[dict[Any, Any]] = {
            kind: lambda _self, this, to: _typed_literal(this, to) for kind in exp.DataType.Type
        }
        UNARY_PARSERS: ClassVar[dict[Any, Any]] = {
            **Redshift.Parser.UNARY_PARSERS,
            TokenType.CARET_AT: lambda self: self.expression(exp.Abs(this=self._parse_unary())),
        }

        def _parse_table(self, *args: Any, **options: Any) -> Any:
            """A path with an index is opened, or taken apart by UNPIVOT, as one without is; sqlglot reads names alone."""
            unpivots = self._curr is not None and self._curr.token_type == TokenType.UNPIVOT
            if not _begins_path_with_index(self._tokens[self._index + unpivots :]):
                return super()._parse_table(*args, **options)
            self._match(TokenType.UNPIVOT)
            path = self._parse_column()
            self._match(TokenType.ALIAS)
            if alias := self._parse_id_var(any_token=False):
                path = self.expression(exp.Alias(this=path, alias=alias))
            if self._match_text_seq("AT"):
                path = self.expression(exp.AtIndex(this=path, expression=self._parse_id_var()))
            return self.expression(exp.Pivot(this=path, unpivot=True)) if unpivots else path

        def _parse_join(self, *args: Any, **options: Any) -> Any:
            """Remember which joins a comma made: JOIN without a condition is none of them."""
            comma = self._curr is not None and self._curr.token_type == TokenType.COMMA
            join = super()._parse_join(*args, **options)
            if join is not None and comma:
                join.meta["comma"] = True
            return join

        def _parse_select(self, *args: Any, **options: Any) -> Any:
            """``TABLE t`` is no query of Redshift's."""
            if self._curr is not None and self._curr.token_type == TokenType.TABLE:
                raise syntax_error_near(str(self._curr.text))
            return super()._parse_select(*args, **options)

        def _parse_alias(self, this: Any, explicit: bool = False) -> Any:  # noqa: FBT001, FBT002 - sqlglot's own signature
            """A reserved word is a label behind AS alone."""
            first = self._curr
            found = super()._parse_alias(this, explicit)
            if found is not this and isinstance(found, exp.Alias) and first.token_type != TokenType.ALIAS:
                label = found.args["alias"]
                if not label.args.get("quoted") and label.name.lower() in reserved_words():
                    raise syntax_error_near(label.name)
            return found

        def _parse_interval(self, match_interval: bool = True, **options: Any) -> Any:  # noqa: FBT001, FBT002 - sqlglot's own signature
            """Keep the text as it is written: ``'1 day'`` has no qualifier and ``'1' DAY`` has one, which gives another type."""
            index = self._index
            if match_interval and not self._match(TokenType.INTERVAL):
                return None
            if self._curr is None or self._curr.token_type != TokenType.STRING:
                self._retreat(index)
                return super()._parse_interval(match_interval, **options)
            words: list[exp.Expression] = []
            written = self._parse_string()
            while self._curr is not None and str(self._curr.text).upper() in _INTERVAL_FIELDS and len(words) < 2:  # noqa: PLR2004 - first and last
                words.append(exp.Var(this=str(self._curr.text).upper()))
                self._advance()
                if not self._match_text_seq("TO"):
                    break
            unit = exp.IntervalSpan(this=words[0], expression=words[1]) if len(words) > 1 else words[0] if words else None
            found = self.expression(exp.Interval(this=written, unit=unit))
            found.meta["fraction"] = self._parse_fraction() if unit else []  # sqlglot has no place for it
            return found

        def _parse_types(self, *args: Any, **options: Any) -> Any:
            found = super()._parse_types(*args, **options)
            if isinstance(found, exp.DataType) and isinstance(found.this, exp.Interval):
                found.set("expressions", self._parse_fraction())
            return found

        def _parse_fraction(self) -> list[Any]:
            """Read how many digits of a second an INTERVAL keeps: ``SECOND(3)``, r_interval_data_types."""
            if self._curr is None or self._curr.token_type != TokenType.L_PAREN:
                return []
            return [self._parse_wrapped(self._parse_number)]

        def _implicit_unnests_to_explicit(self, this: Any) -> Any:
            """Ask sqlglot only where an item of FROM may be a path into an earlier one: it copies every subquery to find out."""
            earlier = {this.args["from_"].this.alias_or_name.lower()}
            for join in this.args.get("joins") or []:
                if isinstance(join.this, exp.Table) and len(join.this.parts) > 1 and join.this.parts[0].name.lower() in earlier:
                    return super()._implicit_unnests_to_explicit(this)
                earlier.add(join.this.alias_or_name.lower())
            return this

        BITWISE: ClassVar[dict[Any, Any]] = {**Redshift.Parser.BITWISE, TokenType.HASH: exp.BitwiseXor}


def _begins_path_with_index(tokens: list[Token]) -> bool:
    """Tell whether ``name.name[…]`` begins here."""
    index = 0
    while index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.DOT:
        index += 2
    return index > 0 and index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.L_BRACKET


def _typed_literal(this: Any, kind: Any) -> Any:
    """``date '2026-01-05'::timestamp`` casts the DATE; sqlglot casts the text first."""
    literal = this
    while isinstance(literal, exp.Cast):
        literal = literal.this
    typed = exp.Cast(this=literal.copy(), to=kind)
    if literal is this:
        return typed
    literal.replace(typed)
    return this


def _approximate(parser: Any) -> Any:
    """APPROXIMATE stands before COUNT(DISTINCT …) and PERCENTILE_DISC; what is exact here is within the promised error."""
    call = parser._parse_function()
    inner = call
    while isinstance(inner, exp.Window | exp.WithinGroup):
        inner = inner.this
    name = str(getattr(inner, "name", "")).lower()
    counts = name == "count" and inner.expressions and isinstance(inner.expressions[0], exp.Distinct)
    if not (counts or name == "percentile_disc"):
        parser.raise_error("APPROXIMATE takes COUNT(DISTINCT) or PERCENTILE_DISC")
    return call


def _object_transform(parser: Any) -> Any:
    """OBJECT_TRANSFORM has words between its arguments; they are kept beside the node."""
    call = parser.expression(exp.Anonymous(this="object_transform", expressions=[parser._parse_disjunction()]))
    call.meta["keep"], call.meta["set"] = None, []
    if parser._match_text_seq("KEEP"):
        call.meta["keep"] = parser._parse_csv(parser._parse_disjunction)
    if parser._match_text_seq("SET"):
        call.meta["set"] = parser._parse_csv(parser._parse_disjunction)
    return call


class _Words(Grammar.Tokenizer):
    """sqlglot's words, without its habit of handing the rest of LOCK, SHOW, VACUUM … back as one string."""

    COMMANDS: ClassVar[set[TokenType]] = set()


_LABELS = re.compile(r"(\$[A-Za-z_][A-Za-z_0-9]*\$)(?=.*?\1)", re.DOTALL)


@lru_cache(maxsize=64)
def _words_of(labels: frozenset[str]) -> type[_Words]:
    """Return the tokenizer of a text in which these labels quote as ``$$`` does, for example ``$body$``."""
    return type("_Labelled", (_Words,), {"QUOTES": [*_Words.QUOTES, *sorted(labels)]}) if labels else _Words


def usable(dialect: Redshift) -> Redshift:
    """Return a dialect whose parser can be made.

    Raises:
        ImportError: the parser is compiled, so that nothing may extend it; each statement would be told to be wrong.
    """
    try:
        dialect.parser()
    except TypeError as error:
        raise ImportError("The local Redshift extends sqlglot's parser, which its compiled package forbids. Uninstall sqlglotc.") from error
    return dialect


_DIALECT = usable(Grammar())

# sqlglot logs what it falls back from; here every fallback is refused by name instead.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


_TEXTS = 2048
"""How many are kept: those of all migrations, each with and without what surrounds it, and those of all loads."""


# A text is looked at three times: to split it, to see that a statement is not empty, and to read it.
@lru_cache(maxsize=_TEXTS)
def words(sql: str) -> tuple[Token, ...]:
    """Return the words of a text; comments are dropped.

    Raises:
        StatementFailed: 42601, where a quote or comment does not end.
    """
    try:
        return tuple(_words_of(frozenset(_LABELS.findall(sql)))(dialect=_DIALECT).tokenize(sql))
    except sqlglot.errors.TokenError as error:
        raise syntax_error(str(error)) from error


# The same texts come again and again: from every database that is migrated, from every load, from each use of a view.
@lru_cache(maxsize=_TEXTS)
def parse(sql: str) -> exp.Expression:
    """Return the tree of one statement; others get the same tree, so that whoever changes it takes a copy.

    Raises:
        StatementFailed: 42601 where it is none, with the word at which it ends to be one.
    """
    found = words(sql)
    try:
        trees = _DIALECT.parser().parse(list(found), sql)
    except sqlglot.errors.ParseError as error:
        raise syntax_error_near(_word(error, sql)) from error
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        raise syntax_error_near("") from error
    if len(trees) != 1 or trees[0] is None:
        raise StatementFailed("42601", "cannot insert multiple commands into a prepared statement")
    tree: exp.Expression = trees[0]
    tree.meta["has_parameters"] = any(word.token_type == TokenType.PARAMETER for word in found)
    return tree


def refuse_by_words(sql: str, tokens: list[Token]) -> None:
    """Refuse what the parser passes over: dangling commas, FROM first, ``INTERVAL 1 DAY``, POSITION with a list, INSERT with SET.

    Raises:
        StatementFailed: 42601.
    """
    _refuse_beginning(tokens)
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        kind = following.token_type if following is not None else None
        text = str(following.text) if following is not None else ""
        if token.token_type == TokenType.ALIAS and kind == TokenType.FROM:
            raise syntax_error_near(text)
        if token.token_type == TokenType.COMMA and kind in {None, TokenType.R_PAREN, TokenType.FROM, TokenType.SEMICOLON, TokenType.COMMA}:
            raise syntax_error_near(text)
        if token.token_type == TokenType.SELECT and kind == TokenType.COMMA:
            raise syntax_error_near(text)
        if token.token_type in _SET_OPERATIONS and kind == TokenType.DISTINCT:  # UNION [ALL] alone (r_UNION)
            raise syntax_error_near(text)
        if token.token_type == TokenType.PARAMETER and token.text == "$" and not text.isdigit():
            raise syntax_error_near("$")
        if token.token_type == TokenType.LIMIT and len(tokens) > index + 2 and tokens[index + 2].token_type == TokenType.COMMA:
            raise StatementFailed("42601", "LIMIT #,# syntax is not supported", "Use separate LIMIT and OFFSET clauses.")
        _refuse_of_others(token, text)
        if following is not None and token.token_type == kind == TokenType.STRING and "\n" not in sql[token.end : following.start]:
            raise syntax_error_near(f"'{text}'")  # over two lines they are one text
        if (
            token.token_type == TokenType.OFFSET
            and len(tokens) > index + 2
            and tokens[index + 2].token_type in {TokenType.ROW, TokenType.ROWS}
        ):
            raise syntax_error_near(str(tokens[index + 2].text))
        if token.token_type == TokenType.INTERVAL and kind in {TokenType.NUMBER, TokenType.L_PAREN}:
            raise syntax_error_near(text)
        if token.token_type == TokenType.IN and kind == TokenType.L_BRACKET:
            raise syntax_error_near(text)
        if str(token.text).upper() in {"EXTRACT", "POSITION"} and kind == TokenType.L_PAREN and _lists(tokens, index + 1):
            raise syntax_error_near(",")


def _refuse_of_others(token: Token, following: str) -> None:
    """Refuse another database's operators; ``!`` is one before ``~`` alone, NOT is a word."""
    word = str(token.text)
    if token.token_type == TokenType.STAR and following.upper() == "EXCEPT":  # EXCLUDE is Redshift's word (r_EXCLUDE_list)
        raise syntax_error_near(following)
    if token.token_type == TokenType.NOT and word == "!" and not following.startswith("~"):
        raise StatementFailed("42883", "operator does not exist: !")
    if token.token_type not in _QUOTED and (
        word.upper() in _OTHERS_WORDS or (_SIGNS.fullmatch(word) is not None and word not in _OPERATORS)
    ):
        raise syntax_error_near(word)


def _refuse_beginning(tokens: list[Token]) -> None:
    """INSERT and MERGE have INTO behind them, and INSERT no SET (r_INSERT_30, r_MERGE)."""
    first = tokens[0].token_type
    if first in {TokenType.INSERT, TokenType.MERGE} and [token.token_type for token in tokens[1:2]] != [TokenType.INTO]:
        raise syntax_error_near(str(tokens[1].text) if len(tokens) > 1 else "")
    if first == TokenType.INSERT and (assigned := [token for token in tokens[2:7] if token.token_type == TokenType.SET]):
        raise syntax_error_near(str(assigned[0].text))


def _lists(tokens: list[Token], opening: int) -> bool:
    """Tell whether a comma stands directly inside a parenthesis."""
    depth = 0
    for token in tokens[opening:]:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 1 and token.token_type == TokenType.COMMA:
            return True
        if depth == 0:
            break
    return False


def _word(error: sqlglot.errors.ParseError, sql: str) -> str:
    details = error.errors[0] if error.errors else {}
    word = str(details.get("highlight") or "")
    if not word and (found := _HIGHLIGHT.search(str(error))):
        word = found[1]
    return word if word and word in sql else ""
