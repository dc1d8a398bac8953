"""Normalises names: of members and columns by removing the parts that vary, of securities by removing HTML."""

import html
import re
from functools import lru_cache
from typing import Final

_NUMBER: Final = re.compile(r"^\d+\.\s*")


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A name without its number, in lower case, with spaces: ``5. adjusted close`` and ``adjusted_close`` are one.

    The numbers move from endpoint to endpoint ("4. Time Zone", "5. Time Zone"), and CSV headers mix underscores and spaces.
    """
    return _NUMBER.sub("", name.strip()).strip().replace("_", " ").lower()


def without_html(name: str) -> str:
    """A name as people write it: the source sends ``&amp;`` and its like; an ``&`` that ends in no semicolon is the name's own."""
    spaced = re.sub("&nbsp;", " ", name, flags=re.IGNORECASE)
    return re.sub(r"&#?\w+;", lambda entity: html.unescape(entity[0]).replace("\xa0", " "), spaced).strip()
