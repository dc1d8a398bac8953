"""Errors of the lake.

::

    TickerhouseError
    ├── WrongUsage
    │   └── UnfitForKey         a run id, dataset or symbol that cannot stand in an S3 key
    └── LakeError               also raised itself, for an answer of S3 that has no class of its own
        ├── BucketMissing       the bucket is not there, or its name cannot be one
        ├── ObjectMissing       the bucket is there, the object is not
        ├── ObjectChanged       the object is no longer the one that was read
        ├── OperationUnsupported  the server does not support the operation
        ├── LakeForbidden       no credentials, or credentials without the right
        ├── LakeUnreachable     no answer, a broken one, or a server that is busy: worth another try
        ├── CaptureDamaged      a stored body whose bytes are not those of its sha256
        ├── DocumentUnreadable  a JSON document of the lake in a shape or version this release does not know
        │   └── DocumentOfNewerRelease  a document of a version that is still to come
        ├── ManifestDamaged     a manifest that disagrees with its file
        ├── CurrentFileUnfit    a file of current rows that cannot take the place of the one before it
        └── CatalogRefused      the Glue Data Catalog could not be read or written
"""

from tasks.errors import TickerhouseError, WrongUsage


class UnfitForKey(WrongUsage):
    """A value that cannot stand in an S3 key."""


class LakeError(TickerhouseError):
    """Base of this module's errors; raised itself for an answer of S3 that has no class of its own."""


class BucketMissing(LakeError):
    """The bucket is not there, or its name cannot be one."""


class ObjectMissing(LakeError):
    """The bucket is there, the object is not."""


class ObjectChanged(LakeError):
    """The object is no longer the one that was read, or is there although it was not."""


class OperationUnsupported(LakeError):
    """The server does not support the operation; Amazon S3 does, servers that speak its protocol may not."""


class LakeForbidden(LakeError):
    """No credentials, or credentials without the right."""


class LakeUnreachable(LakeError):
    """No answer, a broken one, or a server that is busy."""


class CaptureDamaged(LakeError):
    """A stored body whose bytes are not those of its sha256."""


class DocumentUnreadable(LakeError):
    """A JSON document of the lake in a shape or version this release does not know."""


class DocumentOfNewerRelease(DocumentUnreadable):
    """A document of a version that is still to come: sound for the release that wrote it."""


class ManifestDamaged(LakeError):
    """A manifest that disagrees with the file it names."""


class CurrentFileUnfit(LakeError):
    """A file of current rows that cannot take the place of the one before it; that one stays."""


class CatalogRefused(LakeError):
    """The Glue Data Catalog could not be read or written; the files themselves are not concerned."""
