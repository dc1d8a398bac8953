"""Functions of texts and hashes. Sources: AWS, crc32-function, r_FNV_HASH, SOUNDEX, r_STRTOL, r_QUOTE_IDENT, MURMUR3_32_HASH."""

import hashlib
import re
import zlib
from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql import literals

_FNV_OFFSET, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
_CODES = {**dict.fromkeys("BFPV", "1"), **dict.fromkeys("CGJKQSXZ", "2"), **dict.fromkeys("DT", "3"), "L": "4", **dict.fromkeys("MN", "5")}
_CODES["R"] = "6"
_SIGNED = 1 << 63
_BASES = (2, 36)
_DIGESTS = frozenset({0, 224, 256, 384, 512})


def cut(value: str, length: int) -> str:
    """Return as much of a text as fits into a number of bytes."""
    return literals.cut(value, length)


def crc32(value: str) -> str:
    """Return the CRC-32C checksum in eight hexadecimal digits."""
    checked = 0xFFFFFFFF
    for byte in value.encode():
        checked = _CASTAGNOLI[(checked ^ byte) & 0xFF] ^ checked >> 8
    return f"{checked ^ 0xFFFFFFFF:08x}"


def _castagnoli(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CASTAGNOLI = [_castagnoli(byte) for byte in range(256)]


def fnv_hash(value: bytes, seed: int) -> int:
    """Return the 64-bit FNV-1a hash as a signed number; a seed of 0 stands for the algorithm's own start."""
    hashed = seed & (2 * _SIGNED - 1) if seed else _FNV_OFFSET
    for byte in value:
        hashed = ((hashed ^ byte) * _FNV_PRIME) & (2 * _SIGNED - 1)
    return hashed - 2 * _SIGNED if hashed >= _SIGNED else hashed


def soundex(value: str) -> str:
    """Return the American Soundex code of the English letters in a text."""
    letters = [letter for letter in value.upper() if "A" <= letter <= "Z"]
    if not letters:
        return ""
    code, last = letters[0], _CODES.get(letters[0], "")
    for letter in letters[1:]:
        digit = _CODES.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "HW":
            last = digit
    return (code + "000")[:4]


def difference(one: str, other: str) -> int:
    """Return how many places of two Soundex codes are alike."""
    return sum(left == right for left, right in zip(soundex(one), soundex(other), strict=False))


def strtol(value: str, base: int) -> int:
    """Return the whole number a text writes in a base of 2 to 36.

    Raises:
        StatementFailed: 22023.
    """
    if not _BASES[0] <= base <= _BASES[1]:
        raise StatementFailed("22023", f"base {base} must be between 2 and 36")
    try:
        number = int(value.strip(), base)
    except ValueError as error:
        raise StatementFailed("22023", f"The input {value} is not valid to be converted to base {base}") from error
    if not -_SIGNED <= number < _SIGNED:
        raise StatementFailed("22003", f"The input {value} does not fit into 64 bits")
    return number


def initcap(value: str) -> str:
    """Return a text with the first letter of each word in upper case; letters and digits make words."""
    return re.sub(r"[^\W_]+", lambda word: word[0][0].upper() + word[0][1:].lower(), value)


def quote_ident(value: str) -> str:
    """Return a name fit to stand in a statement."""
    return value if re.fullmatch(r"[a-z_][a-z0-9_$]*", value) else '"' + value.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """Return a text fit to stand in a statement, in quotes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def murmur3(value: bytes, seed: int) -> int:
    """Return the 32-bit MurmurHash3 as a signed number."""
    mask, hashed = 0xFFFFFFFF, seed & 0xFFFFFFFF
    whole = len(value) // 4 * 4
    for start in range(0, whole, 4):
        hashed = _rotated(hashed ^ _scrambled(int.from_bytes(value[start : start + 4], "little")), 13) * 5 + 0xE6546B64 & mask
    if value[whole:]:
        hashed ^= _scrambled(int.from_bytes(value[whole:], "little"))
    hashed ^= len(value)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        hashed = (hashed ^ hashed >> shift) * factor & mask
    hashed ^= hashed >> 16
    return hashed - (1 << 32) if hashed >= 1 << 31 else hashed


def _scrambled(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & 0xFFFFFFFF


def sha2(value: str, bits: int) -> str:
    """Return a text's SHA-2 digest; the error is that of ``sha2_of_bytes``."""
    return sha2_of_bytes(value.encode(), bits)


def sha2_of_bytes(value: bytes, bits: int) -> str:
    """Return the SHA-2 digest of a length in bits.

    Raises:
        StatementFailed: 22023 for a length there is not.
    """
    if bits not in _DIGESTS:
        raise StatementFailed("22023", f"invalid digest length {bits}: 0, 224, 256, 384 and 512 are known")
    return hashlib.new(f"sha{bits or 256}", value, usedforsecurity=False).hexdigest()


def checksum(value: str) -> int:
    """Return a whole number that depends on a value alone."""
    return zlib.adler32(value.encode()) & 0x7FFFFFFF


FUNCTIONS: dict[Callable[..., Any], str] = {
    cut: "VARCHAR",
    crc32: "VARCHAR",
    fnv_hash: "BIGINT",
    soundex: "VARCHAR",
    difference: "INTEGER",
    strtol: "BIGINT",
    initcap: "VARCHAR",
    quote_ident: "VARCHAR",
    quote_literal: "VARCHAR",
    murmur3: "INTEGER",
    checksum: "INTEGER",
    sha2: "VARCHAR",
    sha2_of_bytes: "VARCHAR",
}
