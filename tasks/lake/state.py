"""State documents: what one run writes for the next, each one JSON object in S3 with a version, checked by pydantic.

This module knows how a document is read, written and changed. Which documents there are stands in ``tasks/orchestration/state.py``.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from tasks.lake.errors import DocumentOfNewerRelease, DocumentUnreadable, ObjectChanged, ObjectMissing, OperationUnsupported, UnfitForKey
from tasks.lake.json_documents import JSON, json_bytes, parse_json, parse_model
from tasks.lake.store import LakeStore

logger = logging.getLogger("tickerhouse.step.lake")

Model = TypeVar("Model")

_VERSION: Final = "version"
_TRIES: Final = 10


@dataclass(frozen=True)
class StateDocument(Generic[Model]):
    """One document: ``{"version": 1, "<member>": <the model's value>}``.

    Attributes:
        key: where it is stored.
        what: what it holds, for the words of an error, e.g. ``coverage``.
        member: the name of the member that holds the value.
        model: the value's type, read strictly: nothing is converted that JSON does not spell.
        empty: makes the value of a document that is not there yet.
        way_out: what to do about a document that cannot be read, and what that costs.
        version: the version that is written.
        upgrades: for each older version that is still read, what makes of its stored value that of the next version.
        unversioned_is: the version of a document that names none; None where such a document is refused.
        labels: further members, for people who look into the bucket.
        from_stored: makes of the stored value the JSON form of the model, where the two differ.
        to_stored: the other way round.
        is_disposable: whether a damaged one is logged, counts as empty and is replaced, because what it held is found again. Any other is
            refused: what it held would be lost. One of a newer release is logged, counts as empty and stays as it is.
    """

    key: str
    what: str
    member: str
    model: TypeAdapter[Model]
    empty: Callable[[], Model]
    way_out: str
    version: int = 1
    upgrades: Mapping[int, Callable[[Any], Any]] = field(default_factory=dict)
    unversioned_is: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    from_stored: Callable[[Any], Any] = lambda value: value
    to_stored: Callable[[Any], Any] = lambda value: value
    is_disposable: bool = False

    def read(self, store: LakeStore) -> Model:
        """The stored value; an empty one where the document is not there yet.

        Raises:
            DocumentUnreadable: the document is damaged, or of a version that this release does not read, and it is not disposable.
            LakeError: S3 cannot be read.
        """
        return self._read(store).value

    def write(self, store: LakeStore, value: Model) -> None:
        """Replaces the document, whatever others wrote to it since it was read.

        Raises:
            LakeError: S3 cannot be written.
        """
        store.put(self.key, self._body(value), JSON)

    def change(self, store: LakeStore, make: Callable[[Model], Model]) -> Model:
        """Reads the document, changes it, and writes it where it was not changed by another writer meanwhile.

        A server that ignores the condition of a write simply stores, and one that does not know it gets an unconditional write: there
        the last writer wins (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

        Args:
            store: where it is.
            make: the new value from the stored one; called again with the newer one where another writer came first. What it raises
                leaves the document as it was, and an equal value is not written unless it replaces a damaged one.

        Returns:
            The value that is stored now; where the document is of a newer release and disposable, the one that is not.

        Raises:
            ObjectChanged: other writers came first again and again.
            DocumentUnreadable: as :meth:`read`.
            LakeError: S3 cannot be read or written.
        """
        for _ in range(_TRIES):
            before = self._read(store)
            after = make(before.value)
            if before.is_of_newer_release or (after == before.value and not before.is_damaged):
                return after
            try:
                store.put_if(self.key, self._body(after), JSON, before.tag)
            except ObjectChanged:
                continue
            except OperationUnsupported:
                self.write(store, after)
            return after
        raise ObjectChanged(
            f"{store.uri(self.key)} was changed {_TRIES} times while it was being changed.", "See which other program writes it."
        )

    def _read(self, store: LakeStore) -> "_Stored[Model]":
        try:
            body, tag = store.get_tagged(self.key)
        except ObjectMissing:
            return _Stored(self.empty(), None)
        try:
            return _Stored(self._value(body, store.uri(self.key)), tag)
        except DocumentUnreadable as error:
            if not self.is_disposable:
                raise
            is_newer = isinstance(error, DocumentOfNewerRelease)
            logger.warning("%s It counts as empty%s.", error.fact, ", and is left alone" if is_newer else "")
            return _Stored(self.empty(), tag, is_damaged=not is_newer, is_of_newer_release=is_newer)

    def _value(self, body: bytes, place: str) -> Model:
        document = parse_json(body, place, self.way_out)
        value = json.dumps(self._upgraded(document, place))
        return parse_model(value, self.model, place, self.what, self.way_out, member=self.member, strict=True)

    def _upgraded(self, document: Mapping[str, Any], place: str) -> Any:
        found = document.get(_VERSION, self.unversioned_is)
        if not isinstance(found, int) or (found != self.version and found not in self.upgrades):
            is_newer = type(found) is int and found > self.version
            raise (DocumentOfNewerRelease if is_newer else DocumentUnreadable)(
                f"{place} is of version {found!r}; this release reads {self.version}.",
                "It was written by another release: run that one, or move the document away.",
                {"version": found},
            )
        try:
            value = document[self.member]
            for version in range(found, self.version):
                value = self.upgrades[version](value)
            return self.from_stored(value)
        except (AttributeError, KeyError, TypeError, ValueError, UnfitForKey) as error:
            raise DocumentUnreadable(f"{place} is not a valid {self.what} ({self.member}: {error!r}).", self.way_out) from None

    def _body(self, value: Model) -> bytes:
        return json_bytes({_VERSION: self.version, **self.labels, self.member: self.to_stored(self.model.dump_python(value, mode="json"))})


@dataclass(frozen=True)
class _Stored(Generic[Model]):
    """What was found of a document, and the tag of the object it was found in."""

    value: Model
    tag: str | None
    is_damaged: bool = False
    is_of_newer_release: bool = False
