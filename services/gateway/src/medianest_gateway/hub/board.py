"""The health of every service as the watched bucket has it: snapshot and changes from one source, in one order."""

from typing import Any

import orjson

from medianest_common.contracts.envelope import EVERYBODY
from medianest_gateway.hub.messages import STATUS, LiveMessage, render


class _Card:
    __slots__ = ("audience", "data", "revision")

    def __init__(self, revision: int, audience: tuple[str, ...], data: dict[str, Any]) -> None:
        self.revision = revision
        self.audience = audience
        self.data = data


class StatusBoard:
    """Ids of its messages are revisions of the bucket."""

    def __init__(self) -> None:
        self._cards: dict[str, _Card] | None = None  # None: not heard of yet
        self._revision = 0
        self._rendered: dict[tuple[str, ...], LiveMessage] = {}

    @property
    def is_known(self) -> bool:
        return self._cards is not None

    def replace(self, values: dict[str, tuple[int, bytes]]) -> None:
        """Take a complete set; it replaces what was known, for revisions start over in a bucket made anew."""
        cards = {key: card for key, (revision, value) in values.items() if (card := _card(revision, value))}
        self._cards = cards
        self._revision = max((card.revision for card in cards.values()), default=0)
        self._rendered.clear()

    def change(self, key: str, revision: int, value: bytes) -> LiveMessage | None:
        """Take one change; the message of it, or None for what is older than known or cannot be read."""
        if self._cards is None:
            return None
        card = _card(revision, value)
        known = self._cards.get(key)
        if card is None or (known is not None and known.revision >= revision):
            return None
        self._cards[key] = card
        self._revision = max(self._revision, revision)
        self._rendered.clear()
        text = render("service.changed", STATUS, card.data, sequence=revision)
        return LiveMessage(STATUS, card.audience, text, revision)

    def remove(self, key: str, revision: int) -> bool:
        """Forget a service; whether it was there."""
        if self._cards is None or self._cards.pop(key, None) is None:
            return False
        self._revision = max(self._revision, revision)
        self._rendered.clear()
        return True

    def snapshot(self, hears: tuple[str, ...]) -> LiveMessage | None:
        """What somebody may see, put into bytes once for all who see the same; None before anything is known."""
        if self._cards is None:
            return None
        heard = set(hears)
        visible = tuple(sorted(key for key, card in self._cards.items() if not heard.isdisjoint(card.audience)))
        message = self._rendered.get(visible)
        if message is None:
            items = [self._cards[key].data for key in visible]
            text = render("status.snapshot", STATUS, {"items": items}, sequence=self._revision)
            message = LiveMessage(STATUS, (), text, self._revision)
            self._rendered[visible] = message
        return message


def _card(revision: int, value: bytes) -> _Card | None:
    try:
        data = orjson.loads(value)
        audience = data.pop("audience", [EVERYBODY])
        return _Card(revision, tuple(str(who) for who in audience), data)
    except (ValueError, AttributeError, TypeError):
        return None
