"""Operators, casts, and the functions with a grammar of their own: EXTRACT, SUBSTRING, TRIM, POSITION, INTERVAL, CASE."""

from functools import lru_cache

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql import operators
from infra.local.redshift.sql.builders import at_time_zone, extracted, met, part
from infra.local.redshift.sql.intervals import interval_sql
from infra.local.redshift.sql.scopes import Scope
from infra.local.redshift.sql.signatures import no_function
from infra.local.redshift.sql.sql_types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    SMALLINT,
    SMALLINTS,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    TIMETZ,
    VARCHAR,
    Kind,
    declared,
    qualified,
)
from infra.local.redshift.sql.translation import Translation
from infra.local.redshift.sql.values import Typed, cast, integer, plain, text

_CATALOG_TYPES = frozenset({"oid", "name", "regclass", "regproc", "regtype"})


# A load casts hundreds of values to a handful of types, and sqlglot makes a generator for each text.
@lru_cache(maxsize=512)
def _written(kind: exp.DataType) -> str:
    return str(kind.sql("redshift")).lower()


class Constructs(Translation):
    """Operators, casts and the functions with a grammar of their own."""

    def _negated(self, node: exp.Neg, scope: Scope) -> Typed:
        if isinstance(node.this, exp.Literal) and not node.this.is_string and str(node.this.this).isdigit():
            return integer(-int(node.this.this))
        value = self.value(node.this, scope)
        if value.type.kind is Kind.UNKNOWN:
            value = cast(value, DOUBLE)
        if not (value.type.is_number or value.type.kind is Kind.INTERVAL):
            raise StatementFailed("42883", f"operator does not exist: - {value.type.told}")
        return Typed(f"(-{value.sql})", value.type)

    def _bits(self, node: exp.Expression, scope: Scope, operator: str) -> Typed:
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        if left.type.kind is right.type.kind is Kind.VARBYTE and operator in {"&", "|", "#"}:
            return Typed(f"rs_bits_joined({left.sql}, {right.sql}, '{operator}')", left.type)
        if not (left.type.is_integer and right.type.is_integer):
            raise operators.no_operator(operator, left.type, right.type)
        if operator == "#":
            return Typed(f"xor({left.sql}, {right.sql})", left.type)
        return Typed(f"({left.sql} {operator} {right.sql})", left.type)

    def _xor(self, node: exp.Expression, scope: Scope) -> Typed:
        return self._bits(node, scope, "#")

    def _inverted(self, node: exp.Expression, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if value.type.kind is Kind.VARBYTE:
            return Typed(f"rs_bits_not({value.sql})", value.type)
        if not value.type.is_integer:
            raise StatementFailed("42883", f"operator does not exist: ~ {value.type.told}")
        return Typed(f"(~{value.sql})", value.type)

    def _power(self, node: exp.Expression, scope: Scope) -> Typed:
        return self.call("power", [self.value(node.this, scope), self.value(node.expression, scope)])

    def _case(self, node: exp.Case, scope: Scope) -> Typed:
        subject = self.value(node.this, scope) if node.this is not None else None
        conditions, results = [], []
        for arm in node.args["ifs"]:
            if subject is None:
                conditions.append(self.condition(arm.this, scope))
            else:
                conditions.append(operators.compared("=", subject, self.value(arm.this, scope)).sql)
            results.append(self.value(arm.args["true"], scope))
        default = node.args.get("default")
        if default is not None:
            results.append(self.value(default, scope))
        values, kind = met(results, "CASE")
        arms = " ".join(f"WHEN {condition} THEN {value}" for condition, value in zip(conditions, values, strict=False))
        return Typed(f"(CASE {arms} ELSE {values[-1] if default is not None else 'NULL'} END)", kind)

    def _cast(self, node: exp.Expression, scope: Scope) -> Typed:
        if node.args.get("format") or node.args.get("action") or node.args.get("default"):
            raise syntax_error_near("format")
        kind = node.args["to"]
        named = _written(kind)
        if named in _CATALOG_TYPES:
            return self._special_cast(node, named, scope)
        target = declared(kind)
        value = self.value(node.this, scope)
        if isinstance(node, exp.TryCast):
            if value.type.is_string:
                return Typed(f"TRY_CAST({plain(value)} AS {target.stored})", target)
            return Typed(f"TRY_CAST({value.sql} AS {target.stored})", target)
        if value.type == TIMESTAMP and target == TIMESTAMPTZ:
            return Typed(f"CAST({value.sql} AS TIMESTAMP WITH TIME ZONE)", target)
        return cast(value, target)

    def _special_cast(self, node: exp.Expression, name: str, scope: Scope) -> Typed:
        if name == "regclass":
            value = self.value(node.this, scope)
            if value.text is not None:
                return self.catalog.fact("regclass", [value]) or value
            return value
        return cast(self.value(node.this, scope), INTEGER if name == "oid" else VARCHAR)

    def _interval(self, node: exp.Interval, scope: Scope) -> Typed:
        if not isinstance(node.this, exp.Literal) or not node.this.is_string:
            raise syntax_error_near(str(node.this.sql("redshift")) if node.this is not None else "")
        del scope
        unit = node.args.get("unit")
        written = str(node.this.this)
        if unit is None:
            return Typed(interval_sql(written), INTERVAL)
        kind = qualified(unit, node.meta.get("fraction", []))
        return Typed(interval_sql(written, kind), kind)

    def _extract(self, node: exp.Extract, scope: Scope) -> Typed:
        value = self.value(node.expression, scope)
        if value.type.kind is Kind.UNKNOWN:
            value = cast(value, TIMESTAMP)
        found = part(str(node.this.name))
        if not (value.type.is_datetime or value.type.kind in {Kind.TIME, Kind.TIMETZ, Kind.INTERVAL}):
            raise no_function("pgdate_part", [text(found), value])
        result = DOUBLE if value.type == TIMESTAMPTZ else BIGINT if found == "epoch" else INTEGER
        return Typed(
            f"CAST({'floor' if found == 'epoch' and result == BIGINT else ''}({extracted(found, value)}) AS {result.stored})", result
        )

    def _position(self, node: exp.StrPosition, scope: Scope) -> Typed:
        if node.meta.get("listed"):
            raise syntax_error_near(",")
        return self.call("strpos", [self.value(node.this, scope), self.value(node.args["substr"], scope)])

    def _substring(self, node: exp.Substring, scope: Scope) -> Typed:
        if node.args.get("start") is None and node.args.get("length") is None:
            raise no_function("substring", [self.value(node.this, scope)])
        given = [node.this, node.args.get("start") or exp.Literal.number(1), node.args.get("length")]
        return self.call("substring", [self.value(argument, scope) for argument in given if argument is not None])

    def _trim(self, node: exp.Trim, scope: Scope) -> Typed:
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "btrim")
        given = [node.this, node.args.get("expression")]
        return self.call(name, [self.value(argument, scope) for argument in given if argument is not None])

    def _dpipe(self, node: exp.DPipe, scope: Scope) -> Typed:
        return operators.concatenated(self.value(node.this, scope), self.value(node.expression, scope))

    def _at_zone(self, node: exp.AtTimeZone, scope: Scope) -> Typed:
        return at_time_zone(self.value(node.this, scope), self.value(node.args["zone"], scope))

    def _array(self, node: exp.Array, scope: Scope) -> Typed:
        """PostgreSQL's arrays live on the leader node: beside catalog tables alone; those of other than SMALLINT are told as texts."""
        if not scope.sources or not all(source.is_catalog for source in scope.sources):
            raise not_supported("an array constructor on compute nodes")
        items = [self.value(item, scope) for item in node.expressions]
        values = ", ".join(f"CAST({item.sql} AS VARCHAR)" for item in items)
        kind = SMALLINTS if {item.type for item in items} == {SMALLINT} else VARCHAR
        return Typed(f"('{{' || array_to_string([{values}], ',') || '}}')", kind)

    def _now(self, node: exp.CurrentTimestamp, _scope: Scope) -> Typed:
        return self.call("sysdate" if node.args.get("sysdate") else "now", [])

    def _today(self, _node: exp.Expression, _scope: Scope) -> Typed:
        return Typed("CAST(now() AS DATE)", DATE)

    def _clock(self, node: exp.Expression, _scope: Scope) -> Typed:
        """What only the leader node runs still runs where no table is named (Date_functions_header)."""
        kind = {exp.CurrentTime: TIMETZ, exp.Localtime: TIME, exp.Localtimestamp: TIMESTAMP}[type(node)]
        if node.this is not None:
            raise syntax_error_near(node.this.sql("redshift"))
        return cast(Typed("now()", TIMESTAMPTZ), kind)

    def _user(self, _node: exp.Expression, _scope: Scope) -> Typed:
        return self.call("current_user", [])
