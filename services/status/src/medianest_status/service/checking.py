"""What is refused before anything is asked or saved."""

from dataclasses import replace

from medianest_common.contracts.status import IntegrationKind
from medianest_status.domain.integrations import MAY_BE_PRIVATE, Change, Target, clean_url, same_server
from medianest_status.errors import IntegrationInvalid


def checked_url(url: str) -> str:
    try:
        return clean_url(url)
    except ValueError as error:
        raise IntegrationInvalid(str(error)) from None


def changed_target(target: Target, change: Change) -> Target:
    """The target with the change. The stored secret stays with its server: another one needs it typed again."""
    url = checked_url(change.url) if change.url is not None else target.url
    moved = not same_server(url, target.url)
    if moved and target.secret is not None and change.secret is None:
        raise IntegrationInvalid("This is another server's address: give the key again with it.")
    config = {} if moved or change.secret is not None else target.config
    secret = target.secret if change.secret is None else change.secret
    return replace(target, url=url, secret=secret, config=config)


def refuse_privacy(kind: IntegrationKind, *, private: bool) -> None:
    if private and kind not in MAY_BE_PRIVATE:
        raise IntegrationInvalid("Plex and Overseerr are everybody's; only other services can be kept to admins.")
