"""Formats rows as a plain-text table."""

from collections.abc import Sequence
from decimal import Decimal

from tasks.wording import counted


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints rows under their columns, numbers to the right, and how many there are."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *texts, strict=True)]
    are_numbers = [all(isinstance(value, int | float | Decimal | None) for value in cells) for cells in zip(*rows, strict=True)]
    for line in (list(columns), ["-" * width for width in widths], *texts):
        cells = zip(line, widths, are_numbers or [False] * len(columns), strict=True)
        print("  ".join(cell.rjust(width) if is_number else cell.ljust(width) for cell, width, is_number in cells).rstrip())
    print(f"({counted(len(rows), 'row')})")
