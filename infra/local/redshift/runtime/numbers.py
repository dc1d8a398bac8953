"""NUMERIC beyond DuckDB's 38 digits, TO_CHAR and TO_NUMBER. Sources: AWS, r_numeric_computations201, r_Numeric_formating, r_TO_NUMBER."""

import decimal
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.runtime.dates import ordinal

_WIDEST = 10**38
_ROMAN = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
_MOST_ROMAN = 3999


def multiply(one: str, other: str, scale: int) -> str:
    """Return the product of two NUMERIC, rounded half away from zero to a scale."""
    return _rounded(Fraction(one) * Fraction(other), scale)


def divide(one: str, other: str, scale: int) -> str:
    """Return the quotient of two NUMERIC, rounded half away from zero to a scale."""
    return _rounded(Fraction(one) / Fraction(other), scale)


def _rounded(value: Fraction, scale: int) -> str:
    unscaled = abs(value) * 10**scale
    whole = (unscaled.numerator * 2 + unscaled.denominator) // (unscaled.denominator * 2)
    if whole >= _WIDEST:
        raise StatementFailed("22003", "Numeric data overflow (result precision)")
    digits = str(whole).rjust(scale + 1, "0")
    return ("-" if value < 0 and whole else "") + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def to_char_number(value: str, form: str) -> str:
    """Return a number in a format of 9, 0, point, comma, sign and currency.

    Raises:
        StatementFailed: 22P02 for a format that is none.
    """
    number = decimal.Decimal(value)
    upper = form.upper()
    fill = not upper.startswith("FM")
    upper = upper.removeprefix("FM")
    if upper == "RN":
        return _roman(int(number)).rjust(15 if fill else 0)
    sign = next((word for word in ("PR", "MI", "SG", "PL", "S") if word in upper), "")
    body = upper.replace(sign, "") if sign else upper
    prefix = "$" if body.startswith(("$", "L")) else ""
    body = body.lstrip("$L").replace("D", ".").replace("G", ",").removesuffix("TH")
    if not re.fullmatch(r"[90,]*(?:\.[90]*)?", body):
        raise StatementFailed("22P02", f'"{form}" is not a number format')
    whole_form, point, fraction_form = body.partition(".")
    with decimal.localcontext(prec=100):
        rounded = abs(number).quantize(decimal.Decimal(1).scaleb(-len(fraction_form)), decimal.ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    places = whole_form.replace(",", "")
    if len(whole.lstrip("0")) > len(places):
        filled, fraction = re.sub(r"[90]", "#", whole_form), "#" * len(fraction_form)
    else:
        filled = _filled(whole.lstrip("0"), whole_form, bare=not places.strip("9") and not fraction_form)
    text, width = filled, len(whole_form)
    if point:
        text += "." + (fraction.rstrip("0") if not fill and "0" not in fraction_form else fraction)
        width += 1 + len(fraction_form)
    signed = _signed(text, number < 0, sign, width, fill=fill, before=upper.lstrip("$L").startswith(("S", "SG", "MI", "PL")))
    ending = ordinal(int(number), upper=form.endswith("TH")) if upper.endswith("TH") and number >= 0 and not number % 1 else ""
    return (prefix + signed.lstrip(" ") if prefix else signed) + ending


def _filled(digits: str, form: str, *, bare: bool) -> str:
    """Put digits into a format from the right; before the first one a 9 is a blank and a 0 a zero."""
    places = form.replace(",", "")
    zero_from = places.find("0")
    padded = digits.rjust(len(places))
    if zero_from >= 0:
        padded = padded[:zero_from] + padded[zero_from:].replace(" ", "0")
    elif bare and not digits and places:
        padded = padded[:-1] + "0"
    result, index = "", 0
    for mark in form:
        if mark == ",":
            result += "," if result.strip() else " "
        else:
            result += padded[index]
            index += 1
    return result


def _signed(text: str, negative: bool, sign: str, width: int, *, fill: bool, before: bool) -> str:  # noqa: FBT001 - one fact of five
    stripped = text.lstrip(" ")
    if sign == "PR":
        told = f"<{stripped}>" if negative else f" {stripped} " if fill else stripped
        return told.rjust(width + 2) if fill else told
    if sign in {"MI", "SG", "S", "PL"} and not before:
        mark = "-" if negative else "+" if sign in {"S", "SG", "PL"} else " "
        return (text.rjust(width) if fill else stripped) + (mark if fill or mark != " " else "")
    told = ("-" if negative else "+" if sign in {"S", "SG", "PL"} else "") + stripped
    return told.rjust(width + 1) if fill else told


def _roman(number: int) -> str:
    if not 1 <= number <= _MOST_ROMAN:
        return "#" * 15
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def to_number(value: str, form: str) -> str:
    """Return the number a text writes in a format, with the format's digits after the point.

    Raises:
        StatementFailed: 22P02.
    """
    fraction = form.upper().replace("D", ".").partition(".")[2]
    scale = sum(mark in "90" for mark in fraction)
    digits = re.sub(r"[^0-9.]", "", value)
    if not re.search(r"\d", digits):
        raise StatementFailed("22P02", f'invalid input syntax for type numeric: "{value}"')
    negative = "-" in value or value.strip().startswith("<")
    whole, _, rest = digits.partition(".")
    return ("-" if negative else "") + (whole or "0") + ("." + rest[:scale].ljust(scale, "0") if scale else "")


def text_to_number(value: str, scale: int, cut: bool) -> str:  # noqa: FBT001 - whether the fraction is cut off
    """Return a number written in Teradata's manner, with the sign before or behind; "0" for a blank (AWS, r_TEXT_TO_INT_ALT).

    Raises:
        StatementFailed: 22P02 for a text that is no number.
    """
    stripped = value.strip()
    if not stripped:
        return "0"
    if stripped[-1] in "+-":
        stripped = stripped[-1] + stripped[:-1].strip()
    try:
        number = decimal.Decimal(stripped.replace(",", ""))
    except decimal.InvalidOperation as error:
        raise StatementFailed("22P02", f'invalid input syntax for a number: "{value}"') from error
    with decimal.localcontext(prec=100):
        unit = decimal.Decimal(1).scaleb(-scale)
        return f"{number.quantize(unit, decimal.ROUND_DOWN if cut else decimal.ROUND_HALF_UP):f}"


FUNCTIONS: dict[Callable[..., Any], str] = {
    text_to_number: "VARCHAR",
    multiply: "VARCHAR",
    divide: "VARCHAR",
    to_char_number: "VARCHAR",
    to_number: "VARCHAR",
}
