"""Vectorised parsing of numbers and dates: eight characters are one 64-bit word, so that arithmetic on words parses all at once.

A word holds its first character in its lowest byte. Digits are checked and joined as in
https://lemire.me/blog/2022/01/21/swar-explained-parsing-eight-digits/. A shift by 64 or more gives 0, as NumPy defines it.

Every function takes arrays of words and also gives ``wrong``: not 0 where the text is not what it must be; the value there means nothing.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[Any]
"""Of uint64; NumPy's own stubs take a word combined with a literal for something else."""
Integers = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

PRICE_SCALE: Final = 6
"""Decimals that a price may have, and that its integer counts."""

_ONES: Final = 0x0101010101010101
_HIGH_BITS: Final = 0x8080808080808080
_ZEROS: Final = 0x3030303030303030
_DIGITS: Final = 0x0F0F0F0F0F0F0F0F
_BIT_OF_DIGITS: Final = 0x1010101010101010
_HIGH_HALVES: Final = 0xF0F0F0F0F0F0F0F0
ALL_BITS: Final = 0xFFFFFFFFFFFFFFFF
_ABOVE_NINE: Final = 0x0606060606060606
_WORD_BITS: Final = 64
_FIRST_FOUR: Final = 0x00000000FFFFFFFF
_LAST_FOUR: Final = 0xFFFFFFFF00000000
_FOUR_ZEROS: Final = 0x30303030
_FIRST_AND_SIXTH: Final = 0x0000FF00000000FF
_DOT_AND_QUOTE: Final = 0x000022000000002E
_QUOTE: Final = 0x22

_Reader = Callable[[Words, Words], tuple[Integers, Words, Words]]


def bits_before(words: Words, character: bytes) -> Words:
    """How many bits stand before the first of a character: 8 for each character; 64 where the word does not hold it."""
    differing = words ^ (_ONES * character[0])
    return _bits_below((differing - _ONES) & ~differing & _HIGH_BITS)


def _bits_below(marks: Words) -> Words:
    """How many bits stand before the first character with a mark, which is one bit of it; 64 where none has one."""
    below = marks - 1
    below &= ~marks
    bits: Words = (np.bitwise_count(below) & 0x78).astype(np.uint64)
    return bits


def _bits_of_digits(words: Words) -> Words:
    """How many bits stand before the first dot or quote of words that begin with digits: a digit has a bit that these have not."""
    return _bits_below((words & _BIT_OF_DIGITS) ^ _BIT_OF_DIGITS)


def quoted_bits(words: list[Words]) -> Words:
    """How many bits stand before the closing quote in adjoining words; 64 for each word where there is none."""
    bits = bits_before(words[-1], b'"')
    for word in reversed(words[:-1]):
        own = bits_before(word, b'"')
        bits = own + np.where(own == _WORD_BITS, bits, 0)
    return bits


def prices(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    """Reads ``1 to 7 digits, a dot, 1 to 6 digits, a quote``, which two words begin with.

    Returns:
        The values in millionths, the number of characters before the quote, ``wrong``.
    """
    return _read(_usual_prices, _any_prices, first, second)


def whole_numbers(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    """Reads ``1 to 15 digits, a quote``, which two words begin with.

    Returns:
        The values, the number of characters before the quote, ``wrong``.
    """
    return _read(_short_whole_numbers, _any_whole_numbers, first, second)


def _read(usual: _Reader, general: _Reader, first: Words, second: Words) -> tuple[Integers, Words, Words]:
    """What a reader of the usual texts gives, in a few steps, and the general one for the texts that are wrong for it."""
    values, length, wrong = usual(first, second)
    if wrong.any():
        (others,) = np.nonzero(wrong)
        values[others], length[others], wrong[others] = general(first[others], second[others])
    return values, length, wrong


def _usual_prices(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    """Prices of 1 to 4 digits before the dot and 4 behind it, in half as many steps: these eight digits are one word."""
    whole_bits = _bits_of_digits(first)
    # The dot, four digits, the quote.
    rest = (first >> whole_bits) | (second << (64 - whole_bits))
    wrong = (rest & _FIRST_AND_SIXTH) ^ _DOT_AND_QUOTE
    wrong |= (whole_bits - 8) >> 5  # 0 wraps to a large number
    rest <<= 24
    rest &= _LAST_FOUR
    # Right-aligned in the four characters before them.
    rest |= ((first << (32 - whole_bits)) & _FIRST_FOUR) | (_FOUR_ZEROS >> whole_bits)
    wrong |= not_digits(rest)
    values = joined_digits(rest)
    values *= 10 ** (PRICE_SCALE - 4)
    whole_bits >>= 3
    whole_bits += 5
    return values.view(np.int64), whole_bits, wrong


def _any_prices(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    whole_bits = bits_before(first, b".")
    rest = (first >> (whole_bits + 8)) | (second << (56 - whole_bits))
    fraction_bits = bits_before(rest, b'"')
    whole = (first << (64 - whole_bits)) | (_ZEROS >> whole_bits)
    fraction = (rest & ~(ALL_BITS << fraction_bits)) | (_ZEROS << fraction_bits)
    # Six decimals behind two zeros: what is cut off was filled in.
    fraction = (fraction << 16) | 0x3030
    wrong = not_digits(whole) | not_digits(fraction)
    wrong |= (whole_bits - 8 > 7 * 8 - 8) | (fraction_bits - 8 > PRICE_SCALE * 8 - 8)  # 0 wraps to a large number
    values = joined_digits(whole) * 10**PRICE_SCALE + joined_digits(fraction)
    return values.astype(np.int64), (whole_bits + fraction_bits + 8) >> 3, wrong


def _short_whole_numbers(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    """Whole numbers of 1 to 8 digits."""
    bits = _bits_of_digits(first)
    unused = 64 - bits
    wrong = (((first >> bits) | (second << unused)) & 0xFF) ^ _QUOTE
    wrong |= (bits - 8) >> 6  # 0 wraps to a large number
    digits = (first << unused) | (_ZEROS >> bits)
    wrong |= not_digits(digits)
    bits >>= 3
    return joined_digits(digits).view(np.int64), bits, wrong


def _any_whole_numbers(first: Words, second: Words) -> tuple[Integers, Words, Words]:
    bits = quoted_bits([first, second])
    # Right-aligned in sixteen characters, of which these are the last eight; of the four parts, those that do not apply shift to nothing.
    low = (first << (64 - bits)) | (_ZEROS >> bits) | (first >> (bits - 64)) | (second << (128 - bits))
    wrong = not_digits(low) | (bits - 8 > 15 * 8 - 8)
    values = joined_digits(low)
    (long,) = np.nonzero(bits > _WORD_BITS)
    if len(long):
        over = bits[long] - 64
        high = (first[long] << (64 - over)) | (_ZEROS >> over)
        wrong[long] |= not_digits(high)
        values[long] += joined_digits(high) * 10**8
    return values.astype(np.int64), bits >> 3, wrong


def dates(first: Words, last: Words) -> tuple[Days, Words]:
    """Reads ``YYYY-MM-DD`` whose hyphens are known to be there.

    Args:
        first: the first eight characters.
        last: the last eight of the ten.

    Returns:
        Days since 1970, ``wrong``; a day that its month does not have is wrong.
    """
    digits = (first & 0xFFFFFFFF) | ((first >> 40 & 0xFFFF) << 32) | (last >> 48 << 48)
    pairs = _joined_pairs(digits)
    month, day = pairs >> 32 & 0xFF, pairs >> 48
    number = ((pairs & 0xFF) * 100 + (pairs >> 16 & 0xFF)) * 12 + month
    begins, lengths = _months()
    wrong = not_digits(digits) | (month - 1 > 12 - 1)
    number = number.astype(np.int64)
    wrong |= day - 1 >= lengths.take(number, mode="clip")
    return begins.take(number, mode="clip") + day.astype(np.int32), wrong


def not_digits(words: Words) -> Words:
    """Not 0 where one of the eight characters is no digit."""
    return ((words & _HIGH_HALVES) ^ _ZEROS) | (((words + _ABOVE_NINE) & _HIGH_HALVES) ^ _ZEROS)


def joined_digits(words: Words) -> Words:
    """The number that eight digits write."""
    joined = _joined_pairs(words)
    joined *= 1 + (100 << 16)
    joined >>= 16
    joined &= 0x0000FFFF0000FFFF
    joined *= 1 + (10_000 << 32)
    joined >>= 32
    return joined


def _joined_pairs(words: Words) -> Words:
    pairs: Words = words & _DIGITS
    pairs *= 1 + (10 << 8)
    pairs >>= 8
    pairs &= 0x00FF00FF00FF00FF
    return pairs


@lru_cache(maxsize=1)
def _months() -> tuple[Days, Words]:
    """For each month, numbered ``12 · year + month``: the day before its first, in days since 1970, and how many days it has."""
    begins = np.arange("0001-01", "10000-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int32)
    # Python's calendar has no year 0: its months have no day.
    none = np.zeros(13, dtype=np.int32)
    return np.concatenate([none, begins[:-1] - 1]), np.concatenate([none, np.diff(begins), none]).astype(np.uint64)
