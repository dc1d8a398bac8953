"""What the process of our own servers is told, apart from it, so that the command that starts it need not import the servers."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class ServicesConfiguration:
    """What the servers need to know.

    Attributes:
        folder: the stack's folder; databases in ``redshift/``, messages in ``slack/``.
        ports: by server name (``redshift``, ``control_plane``, ``alpha_vantage``, ``slack``).
        s3_endpoint: where COPY reads.
        access_key: of the embedded S3.
        secret_key: of the embedded S3.
        region: of the embedded S3.
        workgroup: the one workgroup that exists.
        certificate: PEM file.
        private_key: PEM file.
    """

    folder: str
    ports: dict[str, int]
    s3_endpoint: str
    access_key: str
    secret_key: str
    region: str
    workgroup: str
    certificate: str
    private_key: str

    def to_line(self) -> bytes:
        """The configuration as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The inverse of ``to_line``."""
        return cls(**json.loads(line))
