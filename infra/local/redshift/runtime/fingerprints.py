"""farmFingerprint64 (AWS, r_FARMFINGERPRINT64) and the bits of VARBYTE (AWS, r_VARBYTE_OPERATORS, r_FROM_VARBYTE).

The hash is Google's Fingerprint64 (FarmHash, MIT), which never changes; its constants are part of its definition.
"""

from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_SHORT, _MIDDLE, _LONG = 16, 32, 64


def farm_fingerprint(value: bytes) -> int:
    """Return the Fingerprint64 of bytes as a BIGINT."""
    found = _fingerprint(value)
    return found - (1 << 64) if found >> 63 else found


def bits_not(value: bytes) -> bytes:
    """Return bytes with every bit turned over."""
    return bytes(byte ^ 0xFF for byte in value)


def bits_joined(one: bytes, other: bytes, operator: str) -> bytes:
    """Return two values of the same length joined bit by bit with ``&``, ``|`` or ``#``.

    Raises:
        StatementFailed: 22026 where their lengths differ.
    """
    if len(one) != len(other):
        raise StatementFailed("22026", "the lengths of both VARBYTE values must be the same")
    joined = {"&": int.__and__, "|": int.__or__, "#": int.__xor__}[operator]
    return bytes(joined(left, right) for left, right in zip(one, other, strict=True))


def bits_text(value: bytes) -> str:
    """Return bytes as the figures 0 and 1."""
    return "".join(f"{byte:08b}" for byte in value)


def bytes_of_number(value: int, size: int) -> bytes:
    """Return a whole number in a number of bytes, the highest first."""
    return value.to_bytes(size, "big", signed=True)


def low_bytes_of_number(value: int, size: int) -> bytes:
    """Return a whole number in a number of bytes, the lowest first."""
    return value.to_bytes(size, "little", signed=True)


def _fetch(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _rotated(value: int, by: int) -> int:
    return ((value >> by) | (value << (64 - by))) & _MASK


def _mixed(value: int) -> int:
    return value ^ (value >> 47)


def _hashed(one: int, other: int, factor: int) -> int:
    first = ((one ^ other) * factor) & _MASK
    first ^= first >> 47
    second = ((other ^ first) * factor) & _MASK
    second ^= second >> 47
    return (second * factor) & _MASK


def _fingerprint(data: bytes) -> int:
    if len(data) <= _SHORT:
        return _up_to_16(data)
    if len(data) <= _MIDDLE:
        return _up_to_32(data)
    return _up_to_64(data) if len(data) <= _LONG else _beyond_64(data)


def _up_to_16(data: bytes) -> int:
    size = len(data)
    if size >= 8:  # noqa: PLR2004 - the hash's own limits
        factor = _K2 + size * 2
        first, last = (_fetch(data, 0) + _K2) & _MASK, _fetch(data, size - 8)
        one = (_rotated(last, 37) * factor + first) & _MASK
        other = ((_rotated(first, 25) + last) * factor) & _MASK
        return _hashed(one, other, factor & _MASK)
    if size >= 4:  # noqa: PLR2004 - the hash's own limits
        return _hashed((size + (_fetch(data, 0, 4) << 3)) & _MASK, _fetch(data, size - 4, 4), (_K2 + size * 2) & _MASK)
    if size > 0:
        first = data[0] + (data[size >> 1] << 8)
        return (_mixed((first * _K2 & _MASK) ^ ((size + (data[size - 1] << 2)) * _K0 & _MASK)) * _K2) & _MASK
    return _K2


def _up_to_32(data: bytes) -> int:
    size = len(data)
    factor = (_K2 + size * 2) & _MASK
    one, two = (_fetch(data, 0) * _K1) & _MASK, _fetch(data, 8)
    three, four = (_fetch(data, size - 8) * factor) & _MASK, (_fetch(data, size - 16) * _K2) & _MASK
    first = (_rotated((one + two) & _MASK, 43) + _rotated(three, 30) + four) & _MASK
    return _hashed(first, (one + _rotated((two + _K2) & _MASK, 18) + three) & _MASK, factor)


def _up_to_64(data: bytes) -> int:
    size = len(data)
    factor = (_K2 + size * 2) & _MASK
    one, two = (_fetch(data, 0) * _K2) & _MASK, _fetch(data, 8)
    three, four = (_fetch(data, size - 8) * factor) & _MASK, (_fetch(data, size - 16) * _K2) & _MASK
    first = (_rotated((one + two) & _MASK, 43) + _rotated(three, 30) + four) & _MASK
    second = _hashed(first, (one + _rotated((two + _K2) & _MASK, 18) + three) & _MASK, factor)
    five, six = (_fetch(data, 16) * factor) & _MASK, _fetch(data, 24)
    seven, eight = ((first + _fetch(data, size - 32)) * factor) & _MASK, ((second + _fetch(data, size - 24)) * factor) & _MASK
    left = (_rotated((five + six) & _MASK, 43) + _rotated(seven, 30) + eight) & _MASK
    return _hashed(left, (five + _rotated((six + one) & _MASK, 18) + seven) & _MASK, factor)


def _weak(data: bytes, at: int, first: int, second: int) -> tuple[int, int]:
    one, two, three, four = (_fetch(data, at + step) for step in (0, 8, 16, 24))
    first = (first + one) & _MASK
    second = _rotated((second + first + four) & _MASK, 21)
    kept = first
    first = (first + two + three) & _MASK
    second = (second + _rotated(first, 44)) & _MASK
    return (first + four) & _MASK, (second + kept) & _MASK


def _beyond_64(data: bytes) -> int:
    size, seed = len(data), 81
    x, y = seed, (seed * _K1 + 113) & _MASK
    z = (_mixed((y * _K2 + 113) & _MASK) * _K2) & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _fetch(data, 0)) & _MASK
    end = ((size - 1) // 64) * 64
    for at in range(0, end, 64):
        x = (_rotated((x + y + v[0] + _fetch(data, at + 8)) & _MASK, 37) * _K1) & _MASK
        y = (_rotated((y + v[1] + _fetch(data, at + 48)) & _MASK, 42) * _K1) & _MASK
        x ^= w[1]
        y = (y + v[0] + _fetch(data, at + 40)) & _MASK
        z = (_rotated((z + w[0]) & _MASK, 33) * _K1) & _MASK
        v = _weak(data, at, (v[1] * _K1) & _MASK, (x + w[0]) & _MASK)
        w = _weak(data, at + 32, (z + w[1]) & _MASK, (y + _fetch(data, at + 16)) & _MASK)
        z, x = x, z
    factor = (_K1 + ((z & 0xFF) << 1)) & _MASK
    at = size - 64
    w = ((w[0] + ((size - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x = (_rotated((x + y + v[0] + _fetch(data, at + 8)) & _MASK, 37) * factor) & _MASK
    y = (_rotated((y + v[1] + _fetch(data, at + 48)) & _MASK, 42) * factor) & _MASK
    x ^= (w[1] * 9) & _MASK
    y = (y + v[0] * 9 + _fetch(data, at + 40)) & _MASK
    z = (_rotated((z + w[0]) & _MASK, 33) * factor) & _MASK
    v = _weak(data, at, (v[1] * factor) & _MASK, (x + w[0]) & _MASK)
    w = _weak(data, at + 32, (z + w[1]) & _MASK, (y + _fetch(data, at + 16)) & _MASK)
    z, x = x, z
    first = (_hashed(v[0], w[0], factor) + _mixed(y) * _K0 + z) & _MASK
    return _hashed(first, (_hashed(v[1], w[1], factor) + x) & _MASK, factor)


FUNCTIONS: dict[Callable[..., Any], str] = {
    farm_fingerprint: "BIGINT",
    bits_not: "BLOB",
    bits_joined: "BLOB",
    bits_text: "VARCHAR",
    bytes_of_number: "BLOB",
    low_bytes_of_number: "BLOB",
}
