"""Operators: which types they take, what they give, and how DuckDB computes it.

Precision and scale of NUMERIC follow AWS, r_numeric_computations201.html; texts compare without trailing blanks
(r_Examples_with_character_types.html).
"""

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOATS,
    INTEGER,
    INTERVAL,
    REAL,
    SUPER,
    TIMESTAMP,
    TIMESTAMPTZ,
    WIDEST_NUMERIC,
    YEAR_TO_MONTH,
    Kind,
    SqlType,
    as_numeric,
    common_type,
    numeric,
)
from infra.local.redshift.sql.values import Typed, as_text, cast, converted, macro, plain, settled

_LEAST_SCALE = 4
_MOST_SCALE = 100
_NARROW = 18
_CLOCKS = (Kind.TIME, Kind.TIMETZ)


def numeric_result(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """Return the NUMERIC two of them give."""
    p1, s1, p2, s2 = left.precision, left.digits, right.precision, right.digits
    if operator in {"+", "-"}:
        scale = max(s1, s2)
        return numeric(min(max(p1 - s1, p2 - s2) + 1 + scale, WIDEST_NUMERIC), scale)
    if operator == "*":
        return numeric(min(p1 + p2 + 1, WIDEST_NUMERIC), min(s1 + s2, WIDEST_NUMERIC))
    if operator == "%":
        scale = max(s1, s2)
        return numeric(min(max(p1 - s1, p2 - s2) + scale, WIDEST_NUMERIC), scale)
    scale = max(_LEAST_SCALE, s1 + p2 - s2 + 1)
    precision = p1 - s1 + s2 + scale
    if scale > _MOST_SCALE:
        precision, scale = precision - (scale - _MOST_SCALE), _MOST_SCALE
    if precision > WIDEST_NUMERIC:
        scale = max(WIDEST_NUMERIC + scale - precision, min(_LEAST_SCALE, _MOST_SCALE))
        precision = WIDEST_NUMERIC
    return numeric(precision, scale)


def arithmetic(operator: str, left: Typed, right: Typed) -> Typed:
    """Return ``left operator right`` for ``+ - * / %``.

    Raises:
        StatementFailed: 42883 where there is no such operator for the types.
    """
    left, right = _told_by_the_other(operator, left, right)
    if Kind.SUPER in {left.type.kind, right.type.kind}:
        return _with_super(operator, left, right)
    if left.type.is_number and right.type.is_number:
        return _numbers(operator, left, right)
    if moved := _moments(operator, left, right):
        return moved
    if operator == "+" and left.type.kind is right.type.kind is Kind.VARBYTE:
        return concatenated(left, right)
    if operator == "+" and left.type.is_string and right.type.is_string:  # firstname + ' ' + lastname, r_NVL2
        return concatenated(left, right)
    raise no_operator(operator, left.type, right.type)


def no_operator(operator: str, left: SqlType, right: SqlType) -> StatementFailed:
    """Return the refusal of an operator between two types (42883)."""
    return StatementFailed(
        "42883",
        f"operator does not exist: {left.told} {operator} {right.told}",
        "No operator matches the given name and argument type(s). You may need to add explicit type casts.",
    )


def _told_by_the_other(operator: str, left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Give a text in quotes the type of the other operand; beside a DATE or TIMESTAMP ``+`` and ``-`` take an INTERVAL as well."""
    if left.type.kind is Kind.UNKNOWN and right.type.kind is Kind.UNKNOWN:
        if left.is_null or right.is_null:
            return cast(left, INTEGER), cast(right, INTEGER)
        raise StatementFailed("42725", f'operator is not unique: "unknown" {operator} "unknown"')
    if right.type.kind is Kind.UNKNOWN:
        is_moment = left.type.is_datetime
        words = is_moment and any(character.isalpha() for character in right.text or "")
        return left, cast(right, INTERVAL if words else INTEGER if right.is_null and is_moment else left.type)
    if left.type.kind is Kind.UNKNOWN:
        return cast(left, TIMESTAMP if right.type.kind is Kind.INTERVAL else right.type), right
    return left, right


def _numbers(operator: str, left: Typed, right: Typed) -> Typed:
    if left.type.kind in FLOATS or right.type.kind in FLOATS:
        result = REAL if left.type.kind is right.type.kind is Kind.REAL else DOUBLE
        one, other = f"CAST({left.sql} AS {result.stored})", f"CAST({right.sql} AS {result.stored})"
        if operator in {"/", "%"}:
            return Typed(_unless_zero(right, f"({one} {operator} {other})"), result)
        return Typed(macro("finite", f"({one} {operator} {other})"), result)
    if left.type.is_integer and right.type.is_integer:
        result = common_type(left.type, right.type) or INTEGER
        one, other = _widened(left, result), _widened(right, result)
        if operator in {"/", "%"}:
            return Typed(_unless_zero(right, f"({one} {'//' if operator == '/' else '%'} {other})"), result)
        return Typed(f"({one} {operator} {other})", result)
    first, second = as_numeric(left.type), as_numeric(right.type)
    result = numeric_result(operator, first, second)
    one, other = _widened(left, first), _widened(right, second)
    if operator == "/":
        return Typed(_unless_zero(right, _divided(one, other, first, second, result)), result)
    if operator == "*":
        return Typed(_multiplied(one, other, first, second, result), result)
    wide = f"DECIMAL({WIDEST_NUMERIC},{result.digits})"
    computed = f"CAST(CAST({one} AS {wide}) {operator} CAST({other} AS {wide}) AS {result.stored})"
    return Typed(_unless_zero(right, computed) if operator == "%" else computed, result)


def _multiplied(one: str, other: str, first: SqlType, second: SqlType, result: SqlType) -> str:
    if first.digits + second.digits <= WIDEST_NUMERIC:
        if first.precision + second.precision > _NARROW:  # DuckDB multiplies narrow NUMERIC in 64 bits and overflows
            one, other = (f"CAST({sql} AS {numeric(WIDEST_NUMERIC, kind.digits).stored})" for sql, kind in ((one, first), (other, second)))
        return f"CAST({one} * {other} AS {result.stored})"
    return f"CAST(rs_multiply(CAST({one} AS VARCHAR), CAST({other} AS VARCHAR), {result.digits}) AS {result.stored})"


def _divided(one: str, other: str, first: SqlType, second: SqlType, result: SqlType) -> str:
    """Divide as whole numbers, rounding half away from zero; with Python's integers where 38 digits do not hold the numerator."""
    shift = result.digits + second.digits
    if first.precision + shift + 1 > WIDEST_NUMERIC or second.precision + second.digits > WIDEST_NUMERIC:
        return f"CAST(rs_divide(CAST({one} AS VARCHAR), CAST({other} AS VARCHAR), {result.digits}) AS {result.stored})"
    return f"CAST({macro('divided', one, other, str(10**shift), str(10**second.digits), _unit(result.digits))} AS {result.stored})"


def _unit(scale: int) -> str:
    return f"CAST('1e-{scale}' AS DECIMAL(38,{scale}))"


def _widened(value: Typed, target: SqlType) -> str:
    return value.sql if value.type == target else f"CAST({value.sql} AS {target.stored})"


def _unless_zero(divisor: Typed, computed: str) -> str:
    return f"(CASE WHEN {divisor.sql} = 0 THEN error('@22012@division by zero') ELSE {computed} END)"


def _with_super(operator: str, left: Typed, right: Typed) -> Typed:
    one, other = (converted(side, DOUBLE) if side.type == SUPER else side for side in (left, right))
    computed = _numbers(operator, one, other).sql
    wholes = [f"json_type({side.sql}) IN ('BIGINT', 'UBIGINT')" for side in (left, right) if side.type == SUPER]
    if operator == "/" or not all(side.type == SUPER or side.type.is_integer for side in (left, right)):
        return Typed(f"to_json({computed})", SUPER)
    return Typed(f"(CASE WHEN {' AND '.join(wholes)} THEN to_json(CAST({computed} AS BIGINT)) ELSE to_json({computed}) END)", SUPER)


def _moments(operator: str, left: Typed, right: Typed) -> Typed | None:
    kinds = (left.type.kind, right.type.kind)
    if operator == "-" and left.type.is_datetime and right.type.is_datetime:
        if kinds == (Kind.DATE, Kind.DATE):
            return Typed(f"CAST({left.sql} - {right.sql} AS INTEGER)", INTEGER)
        shared = common_type(left.type, right.type) or TIMESTAMP
        return Typed(f"({converted(left, shared).sql} - {converted(right, shared).sql})", INTERVAL)
    if operator in {"+", "-"} and left.type == DATE and right.type.is_integer:
        return Typed(f"({left.sql} {operator} CAST({right.sql} AS INTEGER))", DATE)
    if operator == "+" and left.type.is_integer and right.type == DATE:
        return Typed(f"({right.sql} + CAST({left.sql} AS INTEGER))", DATE)
    if operator in {"+", "-"} and right.type.kind is Kind.INTERVAL and (left.type.is_datetime or left.type.kind in _CLOCKS):
        if left.type == DATE:  # r_interval_data_types: a DATE with a qualifier of years and months, a TIMESTAMP with any other
            result = DATE if right.type.length == YEAR_TO_MONTH.length else TIMESTAMP
            return Typed(f"CAST({left.sql} {operator} {right.sql} AS {result.stored})", result)
        return Typed(f"({left.sql} {operator} {right.sql})", left.type)
    if operator == "+" and left.type.kind is Kind.INTERVAL and right.type.is_datetime:
        return _moments("+", right, left)
    if operator == "+" and set(kinds) == {Kind.DATE, Kind.TIME}:
        return Typed(f"({left.sql} + {right.sql})", TIMESTAMP)
    if operator == "+" and set(kinds) == {Kind.DATE, Kind.TIMETZ}:
        return Typed(f"({left.sql} + {right.sql})", TIMESTAMPTZ)
    if operator in {"+", "-"} and kinds == (Kind.INTERVAL, Kind.INTERVAL):
        same = left.type.length == right.type.length
        return Typed(f"({left.sql} {operator} {right.sql})", SqlType(Kind.INTERVAL, left.type.length if same else None))
    if operator in {"*", "/"} and left.type.kind is Kind.INTERVAL and right.type.is_number:
        return _scaled(operator, left, right)
    if operator == "*" and left.type.is_number and right.type.kind is Kind.INTERVAL:
        return _moments("*", right, left)
    return None


def _scaled(operator: str, interval: Typed, number: Typed) -> Typed:
    """Multiply or divide an INTERVAL; one of years and months has nothing smaller than a month (r_interval_data_types)."""
    factor = f"CAST({number.sql} AS DOUBLE)"
    kind = SqlType(Kind.INTERVAL, interval.type.length)
    name = "scaled_months" if kind == YEAR_TO_MONTH else "scaled_interval"
    if operator == "*":
        return Typed(macro(name, interval.sql, factor, "1e0"), kind)
    return Typed(_unless_zero(number, macro(name, interval.sql, "1e0", factor)), kind)


def comparable(left: Typed, right: Typed, operator: str = "=") -> tuple[str, str]:
    """Return two values as texts of DuckDB that compare as they do in Redshift.

    Raises:
        StatementFailed: 42883 where they do not compare.
    """
    one, other = left.type, right.type
    if one.is_string and other.is_string:
        return _unblanked(left), _unblanked(right)
    if SUPER in {one, other}:
        return _comparable_super(left, right)
    if Kind.UNKNOWN in {one.kind, other.kind}:
        target = other if one.kind is Kind.UNKNOWN else one
        return (cast(left, _bare(target)).sql, right.sql) if one.kind is Kind.UNKNOWN else (left.sql, cast(right, _bare(target)).sql)
    if one.is_string != other.is_string and (one.is_number or other.is_number):
        return _number_and_text(left, right)
    if one.is_string != other.is_string and (one.is_datetime or other.is_datetime):
        target = other if one.is_string else one
        return converted(left, target).sql, converted(right, target).sql
    shared = common_type(one, other)
    if shared is None and BOOLEAN in {one, other} and (one.is_integer or other.is_integer):  # likevegas = 1, r_logical_condition
        shared = BOOLEAN
    if shared is None and one.kind is other.kind is Kind.INTERVAL:
        return left.sql, right.sql
    if shared is None:
        raise no_operator(operator, one, other)
    if shared.kind is Kind.NUMERIC:
        return left.sql, right.sql
    return converted(left, shared).sql, converted(right, shared).sql


def compared(operator: str, left: Typed, right: Typed) -> Typed:
    """Return a comparison."""
    one, other = comparable(left, right, operator)
    return Typed(f"({one} {operator} {other})", BOOLEAN)


def concatenated(left: Typed, right: Typed) -> Typed:
    """Return ``left || right``; NULL where one is.

    Raises:
        StatementFailed: 42883 for values that are no texts and do not become any.
    """
    if left.type == SUPER and right.type == SUPER:
        return Typed(f"rs_super_concat({left.sql}, {right.sql})", SUPER)
    if left.type.kind is right.type.kind is Kind.VARBYTE:
        return Typed(f"({left.sql} || {right.sql})", left.type)
    if Kind.BOOLEAN in {left.type.kind, right.type.kind}:
        raise no_operator("||", left.type, right.type)
    one, other = settled(left), settled(right)
    lengths = (one.type.length if one.type.is_string else 64, other.type.length if other.type.is_string else 64)
    length = None if None in lengths else min(sum(part for part in lengths if part), 65_535)
    return Typed(f"({as_text(one)} || {as_text(other)})", SqlType(Kind.VARCHAR, length))


def _bare(target: SqlType) -> SqlType:
    """A literal beside a NUMERIC is compared with all its digits."""
    return numeric(WIDEST_NUMERIC, max(target.digits, 10)) if target.kind is Kind.NUMERIC else target


def _unblanked(value: Typed) -> str:
    if value.text is not None:
        stripped = value.text.rstrip(" ")
        return "'" + stripped.replace("'", "''") + "'"
    return f"rtrim({value.sql}, ' ')" if not value.is_null else value.sql


def _number_and_text(left: Typed, right: Typed) -> tuple[str, str]:
    number, words = (right, left) if left.type.is_string else (left, right)
    if number.type.kind is Kind.NUMERIC:
        target = numeric(WIDEST_NUMERIC, max(number.type.digits, 10))
        pair = (number.sql, cast(words, target).sql)
    else:
        pair = (as_text(number), plain(words))
    return (pair[1], pair[0]) if left.type.is_string else pair


def _comparable_super(left: Typed, right: Typed) -> tuple[str, str]:
    """SUPER against a scalar compares as the scalar, and with NULL where it holds something else (lax, AWS query-super)."""
    if left.type == right.type:
        return f"CAST({left.sql} AS VARCHAR)", f"CAST({right.sql} AS VARCHAR)"
    value, other = (left, right) if left.type == SUPER else (right, left)
    if other.type.is_number:
        pair = (macro("super_number", value.sql), f"CAST({other.sql} AS DOUBLE)")
    elif other.type.is_string:
        pair = (macro("super_text", value.sql), plain(other))
    else:
        pair = (cast(value, other.type).sql, other.sql)
    return pair if left.type == SUPER else (pair[1], pair[0])
