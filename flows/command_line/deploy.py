"""``tickerhouse deploy``: creates or updates everything in Prefect for this environment from the checkout."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.command_line.environment import embedded_stack, read_environment
from tasks.orchestration.settings import Settings

_WEBHOOK = "TICKERHOUSE_SLACK_WEBHOOK"


def deploy(*, dry_run: bool) -> None:
    """Deploys, and prints every change as it happens.

    Raises:
        SettingsMissing: something that is needed is not set; nothing was deployed.
        DeployError: Prefect does not answer, or did not take something.
    """
    with _place() as settings:
        from deployments.apply import apply
        from deployments.place import code_version
        from deployments.report import count

        title = "What would change" if dry_run else "Deploying"
        print(f"{title}: environment {settings.environment}, version {code_version()}, pool {settings.work_pool}", flush=True)
        changes = []
        for change in apply(settings, is_dry_run=dry_run):
            changes.append(change)
            print(change.line, flush=True)
        print(f"{count(changes)}." + (" Nothing was written." if dry_run else ""))


@contextmanager
def _place() -> Iterator[Settings]:
    """The settings in force; on the embedded stack its own Prefect and, where no webhook is set, its Slack inbox."""
    # As the worker beside it does: the source is part of names.
    settings = read_environment(None).settings
    if settings.stack == "aws":
        yield settings
        return
    with embedded_stack(settings) as stack:
        os.environ.setdefault(_WEBHOOK, stack.slack_webhook_url)
        yield Settings.from_environment()
