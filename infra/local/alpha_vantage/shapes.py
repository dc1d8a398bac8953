"""The exact bytes of the series functions: key names and order, indentation by four, no newline at the end; CSV lines end with CRLF."""

import json
from collections.abc import Iterable

from infra.local.alpha_vantage.series import SERIES, Series


def series_json(function: str, series: Series, *, full: bool) -> bytes:
    """A series as the API prints it in JSON.

    Args:
        function: one of ``series.SERIES``.
        series: newest row first.
        full: whether ``4. Output Size`` says "Full size" instead of "Compact"; weekly and monthly answers have no such line.
    """
    shape = SERIES[function]
    values = [shape.information, series.symbol, series.last_refreshed]
    names = ["Information", "Symbol", "Last Refreshed"]
    if shape.sized:
        names.append("Output Size")
        values.append("Full size" if full else "Compact")
    names.append("Time Zone")
    values.append("US/Eastern")
    meta = ",\n".join(
        f'        "{number}. {name}": {json.dumps(value)}' for number, (name, value) in enumerate(zip(names, values, strict=True), 1)
    )
    # One template for all rows: a full history has thousands, and json.dumps would take four times as long.
    fields = ",\n".join(f'            "{number}. {name}": "%s"' for number, name in enumerate(series.columns, 1))
    row = f'        "%s": {{\n{fields}\n        }}'
    rows = ",\n".join([row % values for values in zip(series.days, *series.columns.values(), strict=True)])
    return f'{{\n    "Meta Data": {{\n{meta}\n    }},\n    "{shape.key}": {{\n{rows}\n    }}\n}}'.encode()


def series_csv(function: str, series: Series) -> bytes:
    """A series as the API prints it in CSV: no symbol, no meta data."""
    header = ["timestamp", *(name.replace(" ", SERIES[function].csv_separator) for name in series.columns)]
    return csv_lines(header, zip(series.days, *series.columns.values(), strict=True))


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Header and rows with the line ends the API sends; none of the synthetic values needs a quote."""
    return "".join(f"{','.join(line)}\r\n" for line in (header, *rows)).encode()
