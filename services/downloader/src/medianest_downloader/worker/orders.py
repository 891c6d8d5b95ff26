"""Orders from the work queue: one is fetched only when a slot is free, so none waits in a full worker.

A plain pull consumer, since FastStream's asks for messages before a slot is free.
"""

import asyncio
from collections.abc import Awaitable, Callable

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError
from pydantic import ValidationError

from medianest_common.contracts.downloads import RunItem
from medianest_common.contracts.streams import DurableSpec
from medianest_common.dead_letters import bury, plain_reason

_log = structlog.get_logger(__name__)

_FETCH_SECONDS = 5.0
_PAUSE = 1.0
_AGAIN_SECONDS = 10.0

_BrokerError = (nats.errors.Error, APIError, TimeoutError)

Carry = Callable[[RunItem], Awaitable[None]]


class DurableMissing(Exception):
    """The text names it."""


class Orders:
    def __init__(self, client: Client, spec: DurableSpec, *, slots: int, carry: Carry) -> None:
        """`carry` runs one order to its end; an order it raises from is handed out again."""
        self._beat_seconds = spec.ack_wait.total_seconds() / 3
        self._client = client
        self._spec = spec
        self._free = asyncio.Semaphore(slots)
        self._carry = carry
        self._carrying: set[asyncio.Task[None]] = set()

    async def expect(self) -> None:
        """Raise DurableMissing when the work queue was not provisioned."""
        try:
            await self._client.jetstream(timeout=5).consumer_info(self._spec.stream.name, self._spec.name)
        except (NotFoundError, TimeoutError) as error:
            raise DurableMissing(
                f"The consumer {self._spec.name} is not there. Run `python -m medianest_common.provision` first."
            ) from error

    async def run(self) -> None:
        """Take orders until cancelled; what is being carried goes on."""
        stream = self._client.jetstream(timeout=5)
        subscription = await stream.pull_subscribe_bind(self._spec.name, self._spec.stream.name)
        try:
            while True:
                await self._free.acquire()
                try:
                    message = await self._next(subscription)
                except BaseException:
                    self._free.release()
                    raise
                task = asyncio.create_task(self._settle(message))
                self._carrying.add(task)
                task.add_done_callback(self._done)
        finally:
            await subscription.unsubscribe()

    async def drained(self, *, within: float) -> bool:
        """Wait until nothing is carried any more; False when the time is over first."""
        if not self._carrying:
            return True
        _, pending = await asyncio.wait(self._carrying, timeout=within)
        return not pending

    def _done(self, task: asyncio.Task[None]) -> None:
        self._carrying.discard(task)
        self._free.release()

    async def _next(self, subscription: JetStreamContext.PullSubscription) -> Msg:
        while True:
            try:
                return (await subscription.fetch(1, timeout=_FETCH_SECONDS))[0]
            except nats.errors.TimeoutError:
                continue
            except _BrokerError as error:
                _log.warning("orders_not_fetched", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE)

    async def _settle(self, message: Msg) -> None:
        """Carry an order out and settle its message once; rows are the truth, so a lost settling harms nothing."""
        try:
            order = RunItem.model_validate_json(message.data)
        except ValidationError as error:
            await self._bury(message, error)
            return
        beating = asyncio.create_task(_beat(message, self._beat_seconds))
        try:
            await self._carry(order)
        except Exception as error:  # noqa: BLE001 - the last fence of an order; it logs and has it handed out again
            _log.error("order_not_carried_out", item_id=str(order.item_id), exc_info=error)
            await _quietly(message.nak(delay=_AGAIN_SECONDS))
        else:
            await _quietly(message.ack())
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _bury(self, message: Msg, error: ValidationError) -> None:
        """Keep what nobody can read with the dead letters; without that it is delivered again."""
        try:
            await bury(self._client, message, plain_reason(error))
        except _BrokerError as failure:
            _log.error("dead_letter_not_kept", exc_info=failure)
            await _quietly(message.nak(delay=_AGAIN_SECONDS))
        else:
            await _quietly(message.term())


async def _beat(message: Msg, seconds: float) -> None:
    """Keep the order ours while its work goes on."""
    while True:
        await asyncio.sleep(seconds)
        await _quietly(message.in_progress())


async def _quietly(settling: Awaitable[None]) -> None:
    try:
        await settling
    except _BrokerError as error:
        _log.warning("order_not_settled", error=repr(error)[:200])
