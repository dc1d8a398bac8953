"""The same by pandas as tutorials do it: one frame a body by ``from_dict``, numbers as floats, the frames put together and sorted."""

import json
from pathlib import Path

import pandas as pd

_NAMES = ["open", "high", "low", "close", "volume"]


def run(folder: Path, into: Path) -> None:
    """On one thread, as pandas is."""
    frames = []
    for file in sorted(folder.glob("*.json")):
        body = json.loads(file.read_bytes())
        frame = pd.DataFrame.from_dict(body["Time Series (Daily)"], orient="index")
        frame.columns = pd.Index(_NAMES)
        frame = frame.astype({"open": float, "high": float, "low": float, "close": float, "volume": "int64"})
        frame.index = pd.to_datetime(frame.index)
        frame.insert(0, "symbol", body["Meta Data"]["2. Symbol"])
        frames.append(frame.rename_axis("session_date").reset_index())
    together = pd.concat(frames, ignore_index=True).drop_duplicates(["session_date", "symbol"])
    together.sort_values(["session_date", "symbol"]).to_parquet(into, index=False, compression="zstd")
