"""``:name`` in a statement: found outside of quotes and comments, and bound as an untyped text that the server converts.

Source: AWS, API_SqlParameter.html: "Amazon Redshift implicitly converts to the proper data type".
"""

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from infra.local.redshift.data_api.errors import invalid

_PARTS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:([A-Za-z_]\w*|\d+[A-Za-z_]\w*)", re.DOTALL | re.ASCII)


def numbered(sql: str, parameters: Mapping[str, str]) -> tuple[str, list[exp.Expression], set[str]]:
    """Return the text with ``$1``, ``$2`` …, the values for them, and the names that stand in it.

    Args:
        sql: One statement.
        parameters: Values by name; without any the text is left as it is.

    Raises:
        Refused: ValidationException for a name that was not given.
    """
    if not parameters:
        return sql, [], set()
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0]
        if name not in parameters:
            raise invalid(f"Cannot find parameter: {name}")
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = _PARTS.sub(place, sql)
    return text, [exp.Literal.string(parameters[name]) for name in names], set(names)


def by_name(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the parameters of a request by name.

    Raises:
        Refused: ValidationException for a name that is given twice.
    """
    names = [one["name"] for one in given]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"Duplicate parameter names: {', '.join(repeated)}")
    return {one["name"]: one["value"] for one in given}
