"""The errors of deploying.

::

    DeployError
    ├── SettingsMissing     what the deployments need is not set; nothing was deployed
    ├── AlertUnfit          a folder of deployments/alerts/ is not what it must be
    ├── ServerOutOfReach    Prefect does not answer, or no API is named
    ├── CredentialRefused   Prefect answers, and does not take the credential
    ├── ServerUnsupported   the Prefect server is of a release that does not go with this client
    └── DeployRefused       Prefect did not take the deployments, or keeps them in another form
"""

from tasks.errors import TickerhouseError, WrongUsage


class DeployError(TickerhouseError):
    """Base of what can go wrong while deploying."""


class SettingsMissing(DeployError, WrongUsage):
    """What the deployments need is not set; every setting is named, and nothing was deployed."""


class AlertUnfit(DeployError):
    """A folder of ``deployments/alerts/`` is not what it must be."""


class ServerOutOfReach(DeployError):
    """Prefect does not answer, or no API is named."""


class CredentialRefused(DeployError):
    """Prefect answers, and does not take the credential, or there is none."""


class ServerUnsupported(DeployError):
    """The Prefect server is of a release that does not go with this client."""


class DeployRefused(DeployError):
    """Prefect did not take the deployments, or keeps them in another form."""
