"""Classifies a response as data or as a refusal; HTTP status and text decide last, because the API refuses with 200.

Data are recognised positively: the requested endpoint's shape and symbol, at least one row, every row key, and no notice beside them.
Only what is not data is read for its words.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CSV_ONLY, NOTICE_KEYS, hides_notice, is_of_words, is_sentence, read_csv, words_beside_rows
from tasks.alpha_vantage.endpoints import shape_of
from tasks.alpha_vantage.errors import AnotherSymbol, CutOff, NoRows, UnknownShape
from tasks.alpha_vantage.json_text import NotReadable, is_object, read_json, written
from tasks.alpha_vantage.names import plain_name
from tasks.alpha_vantage.notice_patterns import refusal_named_by, stated_rate
from tasks.alpha_vantage.notice_texts import texts_of_notice
from tasks.alpha_vantage.refusals import (
    AnswerForOtherClient,
    EmptyAnswer,
    HtmlPage,
    HttpStatus,
    NoticeInCsv,
    NotJson,
    Refusal,
    SecondThrottle,
    ServerTrouble,
    TooManyRequests,
    Truncated,
    UnknownNotice,
    UpstreamTrouble,
    WrongShape,
    WrongSymbol,
)
from tasks.alpha_vantage.scrub import scrub
from tasks.records import Call

_OK: Final = 200
_REQUEST_TIMEOUT: Final = 408
_NOT_ACCEPTABLE: Final = 406
_TOO_MANY_REQUESTS: Final = 429
_SERVER_TROUBLE: Final = 500

_NOTICE_NAMES: Final = frozenset(plain_name(key) for key in NOTICE_KEYS)


def recognise(call: Call, http_status: int, content_type: str, body: bytes, key: str = "") -> Refusal | None:
    """Decides what an answer is.

    Args:
        call: the call.
        http_status: the status line's number.
        content_type: the header's value; empty where absent.
        body: the exact bytes.
        key: the API key, so that it is scrubbed from what the refusal carries.

    Returns:
        None where the body is the requested data, positively; else the refusal, its detail and body scrubbed.
    """
    refusal_type, detail = _classify(call, http_status, content_type, body)
    if refusal_type is None:
        return None
    refusal = refusal_type(call, scrub(detail, key), scrub(body, key))
    if isinstance(refusal, SecondThrottle):
        refusal.calls_per_second = stated_rate(detail)
    return refusal


_Verdict = tuple[type[Refusal] | None, str]


def _classify(call: Call, http_status: int, content_type: str, body: bytes) -> _Verdict:
    refusal_type, detail = _classify_body(call, content_type, body)
    if http_status == _OK or (refusal_type is not None and refusal_named_by(detail) is refusal_type):
        return refusal_type, detail
    return _classify_status(http_status), f"HTTP {http_status}"


def _classify_status(http_status: int) -> type[Refusal]:
    if http_status == _TOO_MANY_REQUESTS:
        return TooManyRequests
    if http_status == _NOT_ACCEPTABLE:
        return AnswerForOtherClient
    return ServerTrouble if http_status >= _SERVER_TROUBLE or http_status == _REQUEST_TIMEOUT else HttpStatus


def _classify_body(call: Call, content_type: str, body: bytes) -> _Verdict:
    start = body.removeprefix(BOM_UTF8).lstrip()[:1]
    if not start:
        return Truncated, "an empty body"
    # A refusal to a CSV request comes as JSON, so the first byte decides and not the request.
    words = "" if start in b"{[<" else words_beside_rows(body)
    if start == b"<" or "text/html" in content_type.lower():
        return _named_or(HtmlPage, "", body, words)
    if start not in b"{[":
        if hides_notice(body):
            return NoticeInCsv, ""
        if call.options.get("datatype") == "csv" or call.function in CSV_ONLY:
            return _classify_csv(call, body, words)
    try:
        answer = read_json(body)
    except NotReadable as trouble:
        return _named_or(Truncated if trouble.is_truncated else NotJson, f"{len(body)} bytes", body, words)
    return _classify_answer(call, answer)


def _named_or(refusal_type: type[Refusal], detail: str, body: bytes, words: str) -> _Verdict:
    """The kind of refusal that the words of a body which is not JSON name, or an unknown one where it is a sentence; else what is given.

    An "Internal Server Error" that is not JSON comes from a server in between and passes, unlike one that the API itself writes.
    """
    named = refusal_named_by(words)
    if named is None and words and is_sentence(body):
        return UnknownNotice, words
    return (refusal_type, detail) if named is None or named is UpstreamTrouble else (named, words)


def _classify_answer(call: Call, answer: Any) -> _Verdict:
    if not is_object(answer):
        texts = [answer] if isinstance(answer, str) else texts_of_notice(answer)
        words = " ".join(texts)
        return refusal_named_by(words) or (UnknownNotice if _is_notice(texts) else WrongShape), words or written(answer)
    if not any(_is_something(value) for _, value in answer):
        return EmptyAnswer, ""
    notice = " ".join(written(value) for name, value in answer if plain_name(name) in _NOTICE_NAMES and _is_something(value))
    if notice:
        return refusal_named_by(notice) or UnknownNotice, notice
    shape = shape_of(call.function)
    if shape is None:
        return UnknownNotice, f"the data of {call.function} are not known"
    try:
        shape.check(answer, call.symbol)
    except UnknownShape as trouble:
        texts = texts_of_notice(answer)
        words = " ".join(texts)
        refusal_type = _refusal_of(trouble, words, is_notice=_is_notice(texts))
        return refusal_type, trouble.fact if refusal_type is WrongShape else words or trouble.fact
    return None, ""


def _classify_csv(call: Call, body: bytes, words: str) -> _Verdict:
    shape = shape_of(call.function)
    if shape is None:
        return UnknownNotice, f"the data of {call.function} are not known"
    try:
        table = read_csv(body, is_strict=call.function not in CSV_ONLY, known_header=shape.csv_header)
        shape.check_csv(table, call.symbol)
    except UnknownShape as trouble:
        return _named_or(_refusal_of(trouble, "", is_notice=False), trouble.fact, body, words)
    return None, ""


def _is_notice(texts: Sequence[str]) -> bool:
    """Whether one of some texts says something, as a symbol or a name does not."""
    return any(is_of_words(line) for text in texts for line in text.splitlines())


def _refusal_of(trouble: UnknownShape, words: str, *, is_notice: bool) -> type[Refusal]:
    """Words count before the shape: a notice may come under a key that nobody has seen."""
    named = refusal_named_by(words)
    if named is not None:
        return named
    if isinstance(trouble, AnotherSymbol):
        return WrongSymbol
    if isinstance(trouble, NoRows):
        return EmptyAnswer
    if isinstance(trouble, CutOff):
        return Truncated
    return UnknownNotice if words and is_notice else WrongShape


def _is_something(value: Any) -> bool:
    return (value.strip() if isinstance(value, str) else value) not in ((), [], "", None)
