"""Answers to replay in which a run meets everything at once: new and restated bars, a bad one, a split, a dividend and a price jump."""

import json
from pathlib import Path
from typing import Any, Final

from tests.end_to_end import made_up

SYMBOLS: Final = "RSTD,JMPD"
_FIXTURES: Final = Path(__file__).parents[1] / "unit" / "fixtures"
_LISTING: Final = "symbol,name,exchange,assetType,ipoDate,delistingDate,status"
_JUMP: Final = "2019-03-05"
_SPLIT: Final = "2019-03-13"
_BAD: Final = "2019-03-12"


def write(folder: Path) -> Path:
    """Writes the answers into a folder as ``--replay`` takes them, and gives the folder.

    RSTD is that of ``made_up``, only that its price does not jump, so that nothing is due after the second run. JMPD had jumped before the
    first, so that the second requests its split and its dividend, and its second answer has a bar whose high is below its low.
    """
    made_up.write(folder)
    for file in sorted(folder.glob("*-rstd-*.json")):
        document = json.loads(file.read_text())
        if file.name.startswith("time_series_daily-"):
            _multiply(document["Time Series (Daily)"], 0.5, before=_SPLIT)
        file.write_text(json.dumps(document, indent=1))
        document = json.loads(json.dumps(document).replace("RSTD", "JMPD"))
        if file.name.startswith("time_series_daily-"):
            _multiply(document["Time Series (Daily)"], 3, before=_JUMP)
            bad = document["Time Series (Daily)"].get(_BAD, {})
            bad.update({"2. high": bad["3. low"], "3. low": bad["2. high"]} if bad else {})
        elif file.name.startswith("splits-"):
            document["data"] = [{"effective_date": _JUMP, "split_factor": "3.0000"}]
        file.with_name(file.name.replace("-rstd-", "-jmpd-")).write_text(json.dumps(document, indent=1))
    rows = [f"{symbol},{symbol} Inc,NYSE,Stock,1990-01-02,null,Active" for symbol in SYMBOLS.split(",")]
    overview, quote = (json.loads((_FIXTURES / name / "ibm.json").read_text()) for name in ("overview", "global_quote"))
    for symbol in SYMBOLS.split(","):
        (folder / f"overview-{symbol.lower()}-2019-03-15.json").write_text(json.dumps({**overview, "Symbol": symbol}))
        quoted = {**quote["Global Quote"], "01. symbol": symbol, "07. latest trading day": "2019-03-15"}
        (folder / f"global_quote-{symbol.lower()}-2019-03-15.json").write_text(json.dumps({"Global Quote": quoted}))
    for state, listed in {"active": rows, "delisted": []}.items():
        (folder / f"listing_status-{state}-2019-03-15.csv").write_text("\n".join([_LISTING, *listed, ""]))
    return folder


def _multiply(bars: dict[str, dict[str, Any]], factor: float, before: str) -> None:
    for day in filter(before.__gt__, bars):
        bars[day].update({name: f"{float(value) * factor:.4f}" for name, value in bars[day].items() if name != "5. volume"})
