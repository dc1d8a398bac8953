"""Writes and reads JSON documents in the lake: indented, keys sorted, written whole."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from tasks.lake.errors import DocumentUnreadable
from tasks.lake.store import LakeStore

Model = TypeVar("Model")

JSON = "application/json"

_RESTORE = "Restore an earlier version of the object, or move it away."


def put_json(store: LakeStore, key: str, document: Mapping[str, Any]) -> str:
    """Writes a document whole and returns its ``s3://`` address.

    Args:
        store: where to.
        key: as ``tasks.lake.keys`` names it.
        document: what JSON can say: no instants, no decimals, no NaN.

    Raises:
        ValueError: NaN or infinity, which JSON has no word for.
    """
    return store.put(key, json_bytes(document), JSON)


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as it is stored.

    Raises:
        ValueError: NaN or infinity, which JSON has no word for.
    """
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def get_json(store: LakeStore, key: str) -> dict[str, Any]:
    """Reads a document.

    Raises:
        ObjectMissing: it is not there.
        DocumentUnreadable: it is no JSON object.
    """
    return parse_json(store.get(key), store.uri(key))


def parse_json(body: bytes, place: str, way_out: str = _RESTORE) -> dict[str, Any]:
    """A JSON object from its bytes.

    Args:
        body: UTF-8 text.
        place: where it was read, for the error.
        way_out: what to do where it is none.

    Raises:
        DocumentUnreadable: no JSON, or JSON that is no object.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DocumentUnreadable(f"{place} is not JSON ({type(error).__name__}).", way_out) from None
    if not isinstance(document, dict):
        raise DocumentUnreadable(f"{place} holds a {type(document).__name__}, not an object.", way_out)
    return document


def parse_model(
    body: bytes | str, form: TypeAdapter[Model], place: str, what: str, way_out: str = _RESTORE, *, member: str = "", strict: bool = False
) -> Model:
    """A value of a known type from its JSON; an error names the first field that is invalid, and never its content.

    Args:
        body: the JSON.
        form: the type.
        place: where it was read, for the error.
        what: what it should be, for the error, e.g. ``coverage``.
        way_out: what to do where it is not.
        member: the member of a larger document that holds it, for the error; empty where it is the document.
        strict: whether nothing is converted that JSON does not spell.

    Raises:
        DocumentUnreadable: it is no JSON, or not of the type.
    """
    try:
        return form.validate_json(body, strict=strict or None)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        where = ".".join(map(str, [*([member] if member else []), *first["loc"]]))
        problem = f"{where}: {first['msg']}" if where else first["msg"]
        more = f" and {len(others)} more" if others else ""
        raise DocumentUnreadable(f"{place} is not a valid {what} ({problem}{more}).", way_out) from None
