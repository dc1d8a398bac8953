"""Moves that no event explains, kept between runs; what they mean is the planning's business."""

from collections.abc import Mapping
from typing import Any

from tasks.lake.errors import ObjectMissing
from tasks.lake.json_documents import get_json, put_json
from tasks.lake.keys import moves_key
from tasks.lake.store import LakeStore


def read_moves(store: LakeStore, dataset: str) -> dict[str, Any]:
    """The moves of a dataset as they were written; empty before the first.

    Raises:
        DocumentUnreadable: the document is no JSON object.
    """
    try:
        return get_json(store, moves_key(dataset))
    except ObjectMissing:
        return {}


def write_moves(store: LakeStore, dataset: str, moves: Mapping[str, Any]) -> None:
    """Writes the moves whole."""
    put_json(store, moves_key(dataset), moves)
