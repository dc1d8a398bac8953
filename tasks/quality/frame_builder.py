"""Builds one frame from frames of some of its rows, without a second copy of any column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tasks.quality.columns import Flags, Integers

if TYPE_CHECKING:
    import pandas as pd


class FrameBuilder:
    """A frame that is being filled.

    Args:
        rows: how many it will have.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._columns: dict[str, npt.NDArray[Any]] = {}
        self._categories: dict[str, dict[Any, int]] = {}

    def put(self, name: str, column: pd.Series[Any], where: slice | Integers, only: Flags | None = None) -> None:
        """Sets a column of some rows: NumPy-typed values, or a categorical, whose codes differ from frame to frame.

        Args:
            name: the column.
            column: its values.
            where: the rows they are of.
            only: which of them count, where ``where`` is a slice; None for all.
        """
        import pandas as pd

        values: Any = column.array
        if isinstance(values, pd.Categorical):
            codes = self._categories.setdefault(name, {})
            # The last entry answers for null, whose code is -1.
            common = np.array([*(codes.setdefault(text, len(codes)) for text in values.categories), -1], dtype=np.int32)
            numbers = common[values.codes]
        else:
            numbers = column.to_numpy()
        if name not in self._columns:
            self._columns[name] = np.empty(self._rows, dtype=numbers.dtype)
        if only is None:
            self._columns[name][where] = numbers
        else:
            np.copyto(self._columns[name][where], numbers, where=only)

    def frame(self) -> pd.DataFrame:
        """The filled frame, its index an unnamed RangeIndex."""
        import pandas as pd

        columns: dict[str, Any] = dict(self._columns)
        for name, codes in self._categories.items():
            columns[name] = pd.Categorical.from_codes(columns[name], categories=pd.Index(list(codes), dtype="str"))
        return pd.DataFrame(columns, copy=False)
