"""The Data API (``redshift-data``) on the databases of the embedded Redshift.

Sources: AWS, redshift-data/latest/APIReference; redshift/latest/mgmt/data-api.html.
"""

from infra.local.redshift.data_api.service import DataApi

__all__ = ["DataApi"]
