"""What could not be handled: kept with why, listed, tried again in the service's own handler, or dropped.

Without FastStream, since the download worker buries what it cannot read, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError
from prometheus_client import Gauge
from pydantic import ValidationError

from medianest_common.contracts.streams import DEAD_LETTERS, dead_letter_subject
from medianest_common.errors import Conflict, MediaNestError, NotFound, UpstreamUnavailable

waiting = Gauge("medianest_dead_letters_waiting", "Messages that could not be handled and wait for somebody", ["kind"])

_TIMEOUT = 5.0
_PATIENCE = 20.0  # for a handler; the gateway waits 30 s
_SUBJECT, _REASON, _ATTEMPTS = "medianest-subject", "medianest-reason", "medianest-attempts"
_BrokerError = (nats.errors.Error, APIError, TimeoutError)


class DeadLetterNotFound(NotFound):
    code = "DEAD_LETTER_NOT_FOUND"
    title = "No such message"


class FailedAgain(Conflict):
    code = "DEAD_LETTER_FAILED_AGAIN"
    title = "It could not be handled this time either"


@dataclass(frozen=True)
class Letter:
    """A message as it was, beside where and why its handling ended."""

    id: int
    place: str
    subject: str
    consumer: str
    failed_at: datetime
    attempts: int
    why: str
    headers: dict[str, str]
    body: bytes


Rerun = Callable[[Letter], Awaitable[None]]


def plain_reason(error: Exception) -> str:
    """Why, for a person; of an error that nobody foresaw only its kind, since its text may hold anything."""
    if isinstance(error, MediaNestError):
        return error.detail
    if isinstance(error, ValidationError):
        count = error.error_count()
        return f"It cannot be read: {count} {'part is' if count == 1 else 'parts are'} not as agreed."
    return f"The service did not get through with it ({type(error).__name__}). Its log says more."


async def bury(client: Client, message: Msg, why: str) -> None:
    """Copy a message to the dead letters, acknowledged; raises what the broker's client raises when that fails."""
    metadata = message.metadata
    headers = {
        **(message.headers or {}),
        _SUBJECT: message.subject,
        _REASON: " ".join(why.split())[:500],
        _ATTEMPTS: str(metadata.num_delivered or 1),
        "Nats-Msg-Id": f"dlq:{metadata.consumer}:{metadata.sequence.stream}",
    }
    place = dead_letter_subject(metadata.stream, metadata.consumer)
    await client.jetstream(timeout=_TIMEOUT).publish(place, message.data, stream=DEAD_LETTERS.name, headers=headers)


class DeadLetters:
    """The letters of one service; another's are not there. UpstreamUnavailable when the broker does not answer."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._reruns: dict[str, Rerun] = {}

    def take(self, places: str, rerun: Rerun) -> None:
        """Look after what lies at a subject (or pattern of subjects); `rerun` handles one letter's message again."""
        self._reruns[places] = rerun

    async def page(self, after: int, limit: int) -> list[Letter]:
        """The longest waiting first, one more than `limit` when there are more."""
        first = {places: await self._next(places, after) for places in self._reruns}
        heads = {places: letter for places, letter in first.items() if letter is not None}
        found: list[Letter] = []
        while heads and len(found) <= limit:
            places = min(heads, key=lambda each: heads[each].id)
            letter = heads.pop(places)
            found.append(letter)
            if (following := await self._next(places, letter.id)) is not None:
                heads[places] = following
        return found

    async def total(self) -> int:
        """How many wait; the metric says it too."""
        counts = {places: await self._count(places) for places in self._reruns}
        for places, count in counts.items():
            waiting.labels(places.rpartition(".")[2]).set(count)
        return sum(counts.values())

    async def look(self) -> None:
        """Keep the metric current; while the broker is away it stays as it was."""
        try:
            await self.total()
        except UpstreamUnavailable:
            return

    async def rerun(self, letter: Letter) -> None:
        """Handle the message once more and drop the letter; FailedAgain with the reason, and it stays."""
        rerun = next(rerun for places, rerun in self._reruns.items() if _lies_at(letter.place, places))
        try:
            async with asyncio.timeout(_PATIENCE):
                await rerun(letter)
        except Exception as error:
            raise FailedAgain(plain_reason(error)) from error
        await self.drop(letter)

    async def drop(self, letter: Letter) -> None:
        try:
            await self._stream.delete_msg(DEAD_LETTERS.name, letter.id)
        except _BrokerError as error:
            if await self._is_there(letter):  # else somebody was quicker, or only the answer was lost
                raise _away() from error

    async def _is_there(self, letter: Letter) -> bool:
        try:
            await self.one(letter.id)
        except DeadLetterNotFound:
            return False
        return True

    async def one(self, letter_id: int) -> Letter:
        try:
            found = _read(await self._stream.get_msg(DEAD_LETTERS.name, seq=letter_id, direct=True))
        except NotFoundError:
            raise DeadLetterNotFound("There is no such message here.") from None
        except _BrokerError as error:
            raise _away() from error
        if not any(_lies_at(found.place, places) for places in self._reruns):
            raise DeadLetterNotFound("There is no such message here.")
        return found

    @property
    def _stream(self) -> JetStreamContext:
        return self._client().jetstream(timeout=_TIMEOUT)

    async def _next(self, places: str, after: int) -> Letter | None:
        try:
            found = await self._stream.get_msg(DEAD_LETTERS.name, seq=after + 1, subject=places, next=True, direct=True)
        except NotFoundError:
            return None
        except _BrokerError as error:
            raise _away() from error
        return _read(found)

    async def _count(self, places: str) -> int:
        try:
            info = await self._stream.stream_info(DEAD_LETTERS.name, subjects_filter=places)
        except _BrokerError as error:
            raise _away() from error
        return sum((info.state.subjects or {}).values())


def _lies_at(place: str, places: str) -> bool:
    return place == places or (places.endswith(".*") and place.rpartition(".")[0] == places[:-2])


def _read(message: RawStreamMsg) -> Letter:
    headers = dict(message.headers or {})
    place = message.subject or ""
    tries = headers.get(_ATTEMPTS, "")
    return Letter(
        id=message.seq or 0,
        place=place,
        subject=headers.get(_SUBJECT, ""),
        consumer=place.rpartition(".")[2],
        failed_at=message.time or datetime.now(UTC),
        attempts=int(tries) if tries.isdecimal() else 1,
        why=headers.get(_REASON, ""),
        headers=headers,
        body=message.data or b"",
    )


def _away() -> UpstreamUnavailable:
    return UpstreamUnavailable("The broker", "The messages cannot be read right now. Try again in a moment.")
