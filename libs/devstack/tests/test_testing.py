"""The fixtures themselves: what a test asks for is there, and its own."""

import nats
import pytest
from redis.asyncio import Redis

from medianest_common.broker_access import inbox_prefix
from medianest_devstack.databases import DatabaseAdmin
from medianest_devstack.testing import Broker, pytest_collection_modifyitems


class TestBroker:
    async def test_has_the_streams_of_the_contracts(self, nats_server: Broker) -> None:
        client = await nats.connect(nats_server.url_for("provisioner"), inbox_prefix=inbox_prefix("provisioner"))
        streams = {info.config.name for info in await client.jetstream().streams_info()}
        await client.close()
        assert {"MEDIANEST_EVT", "MEDIANEST_CMD_DOWNLOADS", "KV_medianest-users"} <= streams

    @pytest.mark.parametrize("again", [1, 2])
    async def test_is_empty_for_every_test(self, nats_server: Broker, again: int) -> None:
        client = await nats.connect(nats_server.url_for("auth"), inbox_prefix=inbox_prefix("auth"))
        ack = await client.jetstream().publish("medianest.evt.auth.user.tested.v1", b"{}", stream="MEDIANEST_EVT")
        await client.close()
        assert ack.seq == 1


class TestValkey:
    @pytest.mark.parametrize("again", [1, 2])
    async def test_is_empty_for_every_test(self, cache_url: str, again: int) -> None:
        client = Redis.from_url(cache_url)
        before = await client.set("key", again, get=True)
        await client.aclose()
        assert before is None


class TestPostgres:
    async def test_is_shared_by_the_session(self, postgres_server: DatabaseAdmin) -> None:
        assert "postgres" in await postgres_server.databases("")


def test_two_tests_of_one_id_are_refused(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.UsageError, match="test_two_tests_of_one_id"):
        pytest_collection_modifyitems(request.config, [request.node, request.node])
