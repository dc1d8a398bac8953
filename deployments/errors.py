"""The errors of deploying.

::

    DeployError
    ├── SettingsMissing     what the deployments need is not set; nothing was deployed
    ├── AlertUnfit          a folder of deployments/alerts/ is not what it must be
    ├── ServerOutOfReach    Prefect does not answer
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
    """Prefect does not answer."""


class DeployRefused(DeployError):
    """Prefect did not take the deployments, or keeps them in another form."""
