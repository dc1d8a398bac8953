"""``tickerhouse deploy``: creates or updates everything in Prefect for this environment from the checkout."""

import os

from flows.command_line.environment import prefect_api, prefect_name, read_environment
from tasks.orchestration.settings import Settings

_WEBHOOK = "TICKERHOUSE_SLACK_WEBHOOK"


def deploy(*, dry_run: bool) -> None:
    """Says where it deploys, deploys, and prints every change as it happens.

    Raises:
        SettingsMissing: something that is needed is not set; nothing was deployed.
        DeployError: Prefect does not answer, or did not take something.
    """
    # As the worker beside it does: the source is part of names.
    settings = read_environment(None).settings
    with prefect_api(settings) as stack:
        if stack is not None:
            os.environ.setdefault(_WEBHOOK, stack.slack_webhook_url)
            settings = Settings.from_environment()
        from deployments.apply import apply
        from deployments.place import code_version
        from deployments.report import count

        title = "What would change at" if dry_run else "Deploying to"
        print(
            f"{title} {prefect_name(stack)}: environment {settings.environment}, version {code_version()}, pool {settings.work_pool}",
            flush=True,
        )
        changes = []
        for change in apply(settings, is_dry_run=dry_run):
            changes.append(change)
            print(change.line(is_dry_run=dry_run), flush=True)
        print(f"{count(changes, is_dry_run=dry_run)}." + (" Nothing was written." if dry_run else ""))
