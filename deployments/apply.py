"""Creates or updates everything in Prefect for one environment from the checkout and the settings."""

from collections.abc import Iterator

from deployments.automations import apply_automations, automations
from deployments.blocks import apply_blocks
from deployments.entries import apply_entries, deployment_ids, read_entries
from deployments.limits import apply_limits
from deployments.place import check_place
from deployments.report import Change
from deployments.server import connected
from deployments.work_pool import apply_work_pool
from tasks.orchestration.settings import Settings


def apply(settings: Settings, *, is_dry_run: bool = False) -> Iterator[Change]:
    """Deploys; a second call changes nothing. Changes are given as they happen.

    Args:
        settings: the place.
        is_dry_run: only say what would be done.

    Raises:
        SettingsMissing: something that is needed is not set; every setting is named, and nothing was deployed.
        ServerOutOfReach, CredentialRefused, ServerUnsupported: Prefect cannot be used; nothing was deployed.
        DeployRefused: Prefect did not take something.
    """
    check_place(settings)
    entries = read_entries(settings)
    with connected() as client:
        yield apply_work_pool(client, settings, is_dry_run=is_dry_run)
        channels, changes = apply_blocks(client, settings, is_dry_run=is_dry_run)
        yield from apply_limits(client, settings, is_dry_run=is_dry_run)
        # A block can be removed only after nothing uses it.
        yield from changes
        yield from apply_entries(client, settings, entries, is_dry_run=is_dry_run)
        wanted = automations(settings, channels, deployment_ids(client, entries))
        yield from apply_automations(client, settings, wanted, is_dry_run=is_dry_run)
