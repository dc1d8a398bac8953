"""An embedded Amazon Redshift: its wire protocol, SQL, COPY and control plane, in front of DuckDB files.

A stand-in for conformance, not a warehouse: what Redshift lacks is refused, what it enforces is enforced, and whatever is not known
here fails aloud. Reached by connection settings only; it shares no code with the pipeline.
"""

from infra.local.redshift.control_plane import ControlPlane
from infra.local.redshift.errors import AlreadyOpen, ConnectionCut, EmbeddedRedshiftError, StatementFailed
from infra.local.redshift.objects import S3Access
from infra.local.redshift.server import Certificate, RedshiftServer
from infra.local.redshift.session import Observer, StatementEvent

__all__ = [
    "AlreadyOpen",
    "Certificate",
    "ConnectionCut",
    "ControlPlane",
    "EmbeddedRedshiftError",
    "Observer",
    "RedshiftServer",
    "S3Access",
    "StatementEvent",
    "StatementFailed",
]
