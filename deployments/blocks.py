"""Prefect blocks used by automations: one webhook per channel. No block holds the API key; AWS credentials come from roles."""

from typing import Final
from uuid import UUID

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from deployments.report import Action, Change
from tasks.orchestration.settings import Settings

_HEADERS: Final = {"Content-Type": "application/json"}


def apply_blocks(client: SyncPrefectClient, settings: Settings, *, is_dry_run: bool) -> tuple[dict[str, UUID], list[Change]]:
    """Brings the webhook blocks to what settings say.

    Returns:
        The block of every channel (a made-up id where a rehearsal would make one), and what was done.
    """
    alarms, notices = settings.slack_webhook, settings.slack_notice_webhook
    assert alarms is not None
    wanted = {"alarms": alarms} | ({"notices": notices} if notices and notices != alarms else {})
    ids, changes = {}, []
    for channel, address in wanted.items():
        name = f"tickerhouse-{settings.environment}-{channel}"
        ids[channel], change = _apply(client, name, address, is_dry_run=is_dry_run)
        changes.append(change)
    if "notices" not in wanted:
        changes += _remove(client, f"tickerhouse-{settings.environment}-notices", is_dry_run=is_dry_run)
    return {"notices": ids["alarms"], **ids}, changes


def _apply(client: SyncPrefectClient, name: str, address: SecretStr, *, is_dry_run: bool) -> tuple[UUID, Change]:
    try:
        document = client.read_block_document_by_name(name, "webhook")
    except ObjectNotFound:
        if is_dry_run:
            return UUID(int=0), Change(Action.CREATED, "block", f"webhook/{name}")
        return _save(name, address), Change(Action.CREATED, "block", f"webhook/{name}")
    if document.data.get("url") == address.get_secret_value() and document.data.get("headers") == _HEADERS:
        return document.id, Change(Action.LEFT, "block", f"webhook/{name}")
    # Never the address itself: it is a secret that allows posting to the channel.
    return (
        document.id if is_dry_run else _save(name, address),
        Change(Action.CHANGED, "block", f"webhook/{name}", "another address"),
    )


def _save(name: str, address: SecretStr) -> UUID:
    block = Webhook(url=address, headers=_HEADERS)
    saved = block.save(name, overwrite=True)
    assert isinstance(saved, UUID)
    return saved


def _remove(client: SyncPrefectClient, name: str, *, is_dry_run: bool) -> list[Change]:
    try:
        document = client.read_block_document_by_name(name, "webhook", include_secrets=False)
    except ObjectNotFound:
        return []
    if not is_dry_run:
        client.delete_block_document(document.id)
    return [Change(Action.REMOVED, "block", f"webhook/{name}")]
