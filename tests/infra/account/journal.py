"""What arrived: every request, with who signed it and how it was answered."""

import re
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Request:
    """One request as it arrived at the endpoint, whichever SDK sent it.

    Attributes:
        access_key: who signed it; empty where nobody did.
        service: the service it was signed for, ``s3``.
        region: the region it was signed for.
        method: of HTTP.
        path: decoded, without the query.
        query: decoded, blank values kept.
        target: the operation in ``X-Amz-Target``, for the JSON services.
        body: at most the first 256 KiB.
        conditions: ``if-match`` and ``if-none-match``, where they were sent.
        copy_source: bucket and key of the object that S3 is to copy; empty for none.
        status: of the answer.
        answer: its body, for STS only.
    """

    access_key: str
    service: str
    region: str
    method: str
    path: str
    query: dict[str, str]
    target: str
    body: bytes
    conditions: frozenset[str]
    copy_source: str
    status: int
    answer: bytes


def signed_by(authorization: str, query: str) -> tuple[str, str, str]:
    """Access key, region and service of a signature, in the header or, for presigned links, in the query."""
    presigned = parse_qs(query).get("X-Amz-Credential", [""])[0]
    match = _CREDENTIAL.search(authorization) or _CREDENTIAL.search(f"Credential={presigned}")
    return (match[1], match[2], match[3]) if match else ("", "", "")


def parsed_query(query: str) -> dict[str, str]:
    """The query's values by name, the last of each."""
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


class Journal:
    """Requests in the order in which they were answered, and which role each access key belongs to."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._requests: list[Request] = []

    def note(self, request: Request) -> None:
        with self._guard:
            self._requests.append(request)

    def mark(self) -> int:
        """A place to read on from."""
        with self._guard:
            return len(self._requests)

    def since(self, mark: int = 0) -> list[Request]:
        with self._guard:
            return self._requests[mark:]

    def roles(self) -> dict[str, str]:
        """Access key to the ARN of the role that it was given out for, as STS answered."""
        given = {}
        for request in self.since():
            if request.service == "sts" and b"Action=AssumeRole&" in request.body + b"&":
                role = unquote(parsed_query(request.body.decode())["RoleArn"])
                key = re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", request.answer)
                if key:
                    given[key[1].decode()] = role
        return given
