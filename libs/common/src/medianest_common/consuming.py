"""Consuming facts through FastStream: durables by their contract, retries with delays, dead letters at the end."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from faststream import AckPolicy, BaseMiddleware
from faststream.exceptions import HandlerException, NackMessage, RejectMessage
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsMessage
from faststream.nats.opentelemetry import NatsTelemetryMiddleware
from faststream.nats.prometheus import NatsPrometheusMiddleware
from faststream.security import BaseSecurity, SASLPlaintext
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY
from pydantic import ValidationError

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.envelope import Event
from medianest_common.contracts.streams import SPARE_DELIVERIES, DurableSpec
from medianest_common.dead_letters import Letter, Rerun, bury, plain_reason
from medianest_common.errors import MediaNestError
from medianest_common.messaging import Reconnected, broker_user, connection_options, tls_context
from medianest_common.settings import ServiceSettings

_log = structlog.get_logger(__name__)

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0  # a delayed message keeps its place among the pending ones; longer waits are rows


def build_broker(
    settings: ServiceSettings, tracer: TracerProvider, reconnected: Sequence[Reconnected] = ()
) -> NatsBroker:
    """The broker of a service; `reconnected` callbacks run after every reconnect."""

    async def on_reconnect() -> None:
        for callback in reconnected:
            await callback()

    options: dict[str, Any] = connection_options(settings)
    if settings.nats_seed is not None:
        options["nkeys_seed_str"] = settings.nats_seed.get_secret_value()
    context = tls_context(settings)
    security: BaseSecurity | None = BaseSecurity(ssl_context=context) if context else None
    if settings.nats_seed is None and settings.nats_password is not None:
        password = settings.nats_password.get_secret_value()
        security = SASLPlaintext(broker_user(settings), password, ssl_context=context, use_ssl=context is not None)
    broker = NatsBroker(
        settings.nats_url,
        security=security,
        reconnected_cb=on_reconnect,
        graceful_timeout=10,
        logger=None,
        middlewares=(
            NatsPrometheusMiddleware(registry=REGISTRY, app_name=settings.service),
            NatsTelemetryMiddleware(tracer_provider=tracer),
        ),
        **options,
    )
    broker.add_middleware(_settling(broker))
    return broker


def durable(
    broker: NatsBroker, settings: ServiceSettings, spec: DurableSpec, *, max_workers: int = 1, manual: bool = False
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Subscribe a handler to a durable that `provision` has made; a missing one stops the start with its name."""
    return broker.subscriber(
        spec.filters[0] if len(spec.filters) == 1 else "",
        stream=JStream(spec.stream.name, declare=False),
        durable=spec.name,
        pull_sub=PullSub(batch_size=1, timeout=5.0),
        max_workers=max_workers,
        ack_policy=AckPolicy.MANUAL if manual else AckPolicy.REJECT_ON_ERROR,
        config=ConsumerConfig(
            filter_subjects=list(spec.filters) if len(spec.filters) > 1 else None, max_deliver=spec.max_deliver
        ),
        inbox_prefix=f"{inbox_prefix(broker_user(settings))}.".encode(),
    )


def parse_event(message: NatsMessage, *kinds: type[Event]) -> Event | None:
    """The event in a message, by its subject; None for a kind this consumer does not know. Raises ValidationError."""
    subject = message.raw_message.subject
    for kind in kinds:
        if kind.subject == subject:
            return kind.model_validate_json(message.body)
    return None


def _settling(broker: NatsBroker) -> type[BaseMiddleware]:
    class Settle(BaseMiddleware):
        """A handler's failure becomes a delayed retry, or a dead letter when no try is left or none makes sense."""

        async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
            try:
                await _give_up_spent(broker, msg)
                return await call_next(msg)
            except HandlerException:
                raise
            except ValidationError as error:
                await _bury(broker, msg, error)
                raise RejectMessage from error
            except MediaNestError as error:
                await _retry_or_bury(broker, msg, error, final=not error.retryable)
            except Exception as error:  # noqa: BLE001 - the last fence of every handler; it logs and retries
                await _retry_or_bury(broker, msg, error, final=False)

    return Settle


class NeverFinished(MediaNestError):
    """Nobody ever said how its handling went: the process ended each time."""


async def _give_up_spent(broker: NatsBroker, message: NatsMessage) -> None:
    """Raise NeverFinished for a message that was handed out as often as it may be tried, each time without an end."""
    metadata = message.raw_message.metadata
    tries = (metadata.num_delivered or 1) - 1
    if tries and tries >= await _allowed(broker, metadata.stream, metadata.consumer):
        raise NeverFinished(f"The service ended each of the {tries} times it tried.")


async def _retry_or_bury(broker: NatsBroker, message: NatsMessage, error: Exception, *, final: bool) -> None:
    metadata = message.raw_message.metadata
    tries = metadata.num_delivered or 1
    _log.warning("message_not_handled", subject=message.raw_message.subject, tries=tries, exc_info=error)
    if final or tries >= await _allowed(broker, metadata.stream, metadata.consumer):
        await _bury(broker, message, error)
        raise RejectMessage from error
    raise NackMessage(delay=min(_FIRST_DELAY * 2 ** (tries - 1), _LONGEST_DELAY)) from error


async def _allowed(broker: NatsBroker, stream: str, consumer: str) -> int:
    try:
        info = await (await broker.connect()).jetstream(timeout=2).consumer_info(stream, consumer)
    except (APIError, TimeoutError):
        return 1_000_000  # not known now: rather once more than lost
    return (info.config.max_deliver or 1_000_000) - SPARE_DELIVERIES


async def _bury(broker: NatsBroker, message: NatsMessage, error: Exception) -> None:
    """Copy the message to the dead letters before it is given up; without that it is tried again."""
    try:
        await bury(await broker.connect(), message.raw_message, plain_reason(error))
    except Exception as failure:
        _log.error("dead_letter_not_kept", subject=message.raw_message.subject, exc_info=failure)
        raise NackMessage(delay=_LONGEST_DELAY) from failure


def again(handler: Callable[..., Awaitable[Any]]) -> Rerun:
    """Handle a dead letter's message as if it had just come; what the handler raises is the caller's to judge."""

    async def rerun(letter: Letter) -> None:
        raw = Msg(None, subject=letter.subject, data=letter.body, headers=letter.headers)  # type: ignore[arg-type]
        await handler(NatsMessage(raw, letter.body, headers=letter.headers))  # it has no reply: nothing to settle

    return rerun
