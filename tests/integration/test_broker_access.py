"""What each broker user may do, tried on a real server one subject at a time against a table written by hand."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from medianest_common.broker_access import PROVISIONER, SERVICES, SUBSCRIBER, inbox_prefix
from medianest_devstack.testing import Broker

EVT, DLQ, CMD, AUDIT = "MEDIANEST_EVT", "MEDIANEST_DLQ", "MEDIANEST_CMD_DOWNLOADS", "MEDIANEST_CMD_AUDIT"
ALL = {PROVISIONER, *SERVICES}
DATABASES = {"auth", "requests", "downloader", "status"}

PUBLISH: dict[str, set[str]] = {
    "medianest.evt.auth.user.created.v1": {"auth"},
    "medianest.evt.requests.request.created.v1": {"requests"},
    "medianest.evt.downloads.item.completed.v1": {"downloader"},
    "medianest.evt.status.service.changed.v1": {"status"},
    "medianest.live.auth.x.y": {"auth"},
    "medianest.live.requests.x.y": {"requests"},
    "medianest.live.downloads.item.x": {"downloader", "worker"},
    "medianest.live.status.service.plex": {"status"},
    "medianest.cmd.downloads.item.run.v1.main": {"downloader"},
    "medianest.cmd.audit.action.note.v1.requests": {"requests"},
    "medianest.cmd.audit.action.note.v1.downloader": {"downloader"},
    "medianest.cmd.audit.action.note.v1.status": {"status"},
    "medianest.cmd.audit.action.note.v1.auth": set(),
    f"$JS.API.CONSUMER.CREATE.{AUDIT}": {PROVISIONER},
    f"$JS.API.DIRECT.GET.{AUDIT}": {PROVISIONER},
    f"$JS.API.STREAM.MSG.GET.{AUDIT}": {PROVISIONER},
    "medianest.rpc.downloads.drain_worker.v1": set(),
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.auth-collect-erased": {"auth"},
    f"$JS.API.CONSUMER.MSG.NEXT.{AUDIT}.auth-note-actions": {"auth"},
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.requests-follow-users": {"requests"},
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.requests-follow-status": {"requests"},
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.downloader-follow-users": {"downloader"},
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.status-follow-users": {"status"},
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.status-follow-lanes": {"status"},
    f"$JS.API.CONSUMER.MSG.NEXT.{CMD}.downloader-run-item-main": {"worker"},
    f"$JS.ACK.{EVT}.auth-collect-erased.1.2.3.4.5": {"auth"},
    f"$JS.ACK.{AUDIT}.auth-note-actions.1.2.3.4.5": {"auth"},
    f"$JS.ACK.{EVT}.requests-follow-users.1.2.3.4.5": {"requests"},
    f"$JS.ACK.{CMD}.downloader-run-item-main.1.2.3.4.5": {"worker"},
    f"medianest.dlq.{AUDIT}.auth-note-actions": {"auth"},
    f"medianest.dlq.{EVT}.requests-follow-users": {"requests"},
    f"medianest.dlq.{EVT}.status-follow-users": {"status"},
    f"medianest.dlq.{CMD}.downloader-run-item-main": {"worker"},
    "$KV.medianest-integrations.plex": {"status"},
    "$KV.medianest-status-current.plex": {"status"},
    "$KV.medianest-users.x": {"auth"},
    "$KV.medianest-jwks.current": {"auth"},
    "$JS.API.DIRECT.GET.KV_medianest-integrations.$KV.medianest-integrations.plex": DATABASES | {PROVISIONER},
    "$JS.API.CONSUMER.CREATE.KV_medianest-integrations": DATABASES | {PROVISIONER},
    "$JS.API.CONSUMER.CREATE.KV_medianest-users": DATABASES | {PROVISIONER},
    "$JS.API.CONSUMER.CREATE.KV_medianest-jwks": DATABASES | {PROVISIONER, "gateway"},
    "$JS.API.CONSUMER.CREATE.KV_medianest-status-current": {
        "gateway",
        "requests",
        "downloader",
        "status",
        PROVISIONER,
    },
    f"$JS.API.CONSUMER.CREATE.{EVT}": {"gateway", PROVISIONER},
    f"$JS.API.CONSUMER.CREATE.{EVT}.requests-follow-users": {PROVISIONER},
    f"$JS.API.CONSUMER.DURABLE.CREATE.{EVT}.requests-follow-users": {PROVISIONER},
    f"$JS.API.CONSUMER.DELETE.{EVT}.none-such": {PROVISIONER},
    f"$JS.API.CONSUMER.LIST.{EVT}": {PROVISIONER},
    "$JS.API.INFO": {PROVISIONER},
    "$JS.API.STREAM.LIST": {PROVISIONER},
    "$JS.API.STREAM.CREATE.NOPE": {PROVISIONER},
    "$JS.API.STREAM.UPDATE.NOPE": {PROVISIONER},
    "$JS.API.STREAM.DELETE.NOPE": {PROVISIONER},
    f"$JS.API.STREAM.PURGE.{EVT}": {PROVISIONER},
    f"$JS.API.STREAM.MSG.GET.{EVT}": {PROVISIONER},
    f"$JS.API.STREAM.MSG.DELETE.{EVT}": {PROVISIONER},
    f"$JS.API.STREAM.MSG.DELETE.{DLQ}": DATABASES | {PROVISIONER},
    f"$JS.API.DIRECT.GET.{DLQ}": DATABASES | {PROVISIONER},
    "_INBOX.requests.x": set(),
    "$SYS.REQ.SERVER.PING": set(),
    "anything.else": set(),
}

SUBSCRIBE: dict[str, set[str]] = {
    "medianest.evt.>": {"gateway"},
    "medianest.evt.downloads.>": {"gateway", "worker"},
    "medianest.evt.requests.>": {"gateway"},
    "medianest.live.>": {"gateway"},
    "medianest.live.downloads.>": {"gateway", "downloader"},
    "medianest.cmd.>": set(),
    "medianest.dlq.>": set(),
    "medianest.rpc.>": set(),
    "$KV.>": set(),
    "$JS.>": set(),
    "$SYS.>": set(),
    "_INBOX.>": set(),
    ">": set(),
    "readers.copy.>": set(),
    **{f"_INBOX.{user}.>": {user} for user in ALL},
}

# A stranger's service in the readers' account: its own copy of the stream, and nothing that could touch ours.
READER_PUBLISH = {
    f"$JS.API.CONSUMER.CREATE.{EVT}": True,
    f"$JS.API.CONSUMER.MSG.NEXT.{EVT}.mine": True,
    f"$JS.API.STREAM.INFO.{EVT}": True,
    f"$JS.API.STREAM.PURGE.{EVT}": False,
    f"$JS.API.STREAM.DELETE.{EVT}": False,
    f"$JS.API.STREAM.UPDATE.{EVT}": False,
    f"$JS.API.STREAM.MSG.DELETE.{EVT}": False,
    "medianest.evt.auth.user.created.v1": False,
    "medianest.cmd.downloads.item.run.v1.main": False,
    "medianest.cmd.audit.action.note.v1.status": False,
    f"$JS.API.CONSUMER.CREATE.{AUDIT}": False,
    "$KV.medianest-users.x": False,
    "readers.copy.x": False,
    "JS.APP.API.CONSUMER.CREATE.MEDIANEST_EVT": False,
}
READER_SUBSCRIBE = {"medianest.evt.>": True, "medianest.live.>": False, "$KV.>": False, ">": False, "_INBOX.>": False}


@dataclass
class Tried:
    """A connection that notes what the server refuses it."""

    client: Client
    refused: list[str] = field(default_factory=list)

    async def publish(self, subject: str) -> bool:
        await self.client.publish(subject, b"{}")
        return await self._allowed("publish", subject)

    async def subscribe(self, subject: str) -> bool:
        subscription = await self.client.subscribe(subject)
        allowed = await self._allowed("subscription", subject)
        if allowed:
            await subscription.unsubscribe()
        return allowed

    async def _allowed(self, verb: str, subject: str) -> bool:
        nobodys = f"nobody.{uuid4().hex}"  # refused for certain, and refusals are told in order
        await self.client.publish(nobodys, b"{}")
        async with asyncio.timeout(10):
            while not any(nobodys in told for told in self.refused):
                await asyncio.sleep(0.001)
        return not any(verb in told and f'"{subject.lower()}"' in told for told in self.refused)


async def connected(broker: Broker, user: str) -> Tried:
    refused: list[str] = []

    async def note(error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            refused.append(str(error).lower())

    client = await nats.connect(
        broker.url,
        user=user,
        password=broker.passwords[user],
        inbox_prefix=inbox_prefix(user),
        error_cb=note,
        allow_reconnect=False,
    )
    return Tried(client, refused)


@pytest.mark.parametrize("user", [PROVISIONER, *SERVICES])
async def test_a_user_may_do_what_the_table_says_and_nothing_else(nats_server: Broker, user: str) -> None:
    tried = await connected(nats_server, user)
    expected = {f"publish {s}": user in who for s, who in PUBLISH.items()}
    expected |= {f"subscribe {s}": user in who for s, who in SUBSCRIBE.items()}
    got = {f"publish {s}": await tried.publish(s) for s in PUBLISH}
    got |= {f"subscribe {s}": await tried.subscribe(s) for s in SUBSCRIBE}
    await tried.client.close()
    assert {name: ok for name, ok in got.items() if ok != expected[name]} == {}


async def test_a_reader_has_its_copy_and_nothing_of_ours(nats_server: Broker) -> None:
    tried = await connected(nats_server, SUBSCRIBER)
    got_publish = {subject: await tried.publish(subject) for subject in READER_PUBLISH}
    got_subscribe = {subject: await tried.subscribe(subject) for subject in READER_SUBSCRIBE}
    await tried.client.close()
    assert got_publish == READER_PUBLISH
    assert got_subscribe == READER_SUBSCRIBE


async def test_nobody_gets_in_without_the_right_password(nats_server: Broker) -> None:
    for options in ({}, {"user": "gateway", "password": "wrong"}, {"user": "nobody", "password": "x"}):
        with pytest.raises((nats.errors.Error, OSError)):
            await nats.connect(nats_server.url, allow_reconnect=False, max_reconnect_attempts=0, **options)
