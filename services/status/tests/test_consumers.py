"""Facts of other services: told once, twice, in a newer form, and when handling them fails."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.contracts.auth import UserCreated, UserDeleted
from medianest_common.contracts.downloads import LanePaused, LaneResumed
from medianest_common.contracts.permissions import Role
from medianest_common.contracts.status import StatusUserErased
from medianest_devstack.testing import Broker

from .hearing import Ear, publish
from .support import Running, Sandbox, StartService, bearer, connected, eventually


class TestConsumers:
    async def erased(self, status: Running, broker: Broker, ear: Ear, event: UserDeleted) -> list[dict[str, Any]]:
        await publish(broker, "auth", event)

        async def answered() -> list[dict[str, Any]]:
            return [one for one in ear.of(StatusUserErased.subject) if one["user_id"] == str(event.user_id)]

        found: list[dict[str, Any]] = await eventually(answered)
        return found

    async def test_a_deleted_user_is_named_nowhere_any_more_and_that_is_told(
        self, start: StartService, sandbox: Sandbox, broker: Broker, ear: Ear, engine: AsyncEngine
    ) -> None:
        status = await start(**connected(sandbox))
        admin = uuid4()
        await status.http.patch(
            "/api/v1/integrations/plex", headers=bearer("admin", user_id=admin), json={"name": "Cinema"}
        )
        event = UserDeleted(audience=("role:admin",), version=7, user_id=admin)
        (answer,) = await self.erased(status, broker, ear, event)
        assert (answer["version"], answer["audience"]) == (7, ["role:admin"])
        await status.http.patch(
            "/api/v1/integrations/plex", headers=bearer("admin", user_id=admin), json={"name": "Late"}
        )
        async with engine.connect() as db:
            assert (await db.execute(text("select count(updated_by) from service_config"))).scalar_one() == 0

    async def test_the_same_fact_twice_is_answered_once_and_a_new_asking_again(
        self, start: StartService, broker: Broker, ear: Ear
    ) -> None:
        status = await start()
        event = UserDeleted(audience=("role:admin",), version=1, user_id=uuid4())
        await self.erased(status, broker, ear, event)
        await publish(broker, "auth", event)
        again = UserDeleted(audience=("role:admin",), version=1, user_id=event.user_id)
        await publish(broker, "auth", again)

        async def twice() -> bool:
            return len(ear.of(StatusUserErased.subject)) >= 2

        await eventually(twice)
        await asyncio.sleep(0.3)
        assert len(ear.of(StatusUserErased.subject)) == 2

    async def test_other_facts_about_users_and_unknown_fields_do_no_harm(
        self, start: StartService, broker: Broker, ear: Ear
    ) -> None:
        status = await start()
        await publish(broker, "auth", UserCreated(audience=("role:admin",), version=1, user_id=uuid4(), role=Role.USER))

        class Newer(UserDeleted):
            reason: str = "asked to"

        event = Newer(audience=("role:admin",), version=1, user_id=uuid4())
        assert await self.erased(status, broker, ear, event)

    async def test_an_erasure_is_tried_again_after_a_failure(
        self, start: StartService, broker: Broker, ear: Ear, engine: AsyncEngine
    ) -> None:
        status = await start()
        async with engine.begin() as db:
            await db.execute(text("alter table erased_users rename to erased_users_away"))
        event = UserDeleted(audience=("role:admin",), version=1, user_id=uuid4())
        await publish(broker, "auth", event)
        await asyncio.sleep(0.4)
        assert ear.of(StatusUserErased.subject) == []
        async with engine.begin() as db:
            await db.execute(text("alter table erased_users_away rename to erased_users"))
        assert await self.erased(status, broker, ear, event)

    async def test_a_paused_lane_holds_downloads_back_until_it_resumes(
        self, start: StartService, broker: Broker
    ) -> None:
        status = await start()

        async def download() -> dict[str, Any]:
            found: dict[str, Any] = (await status.get("/status"))["abilities"]["download"]
            return found

        paused = LanePaused(audience=("all",), version=3, egress="main", reason="flagged", until=None)
        await publish(broker, "downloader", paused)

        async def held() -> bool:
            return not (await download())["ok"]

        await eventually(held)
        late = LaneResumed(audience=("all",), version=2, egress="main")
        await publish(broker, "downloader", late)
        await publish(broker, "downloader", paused)
        await asyncio.sleep(0.3)
        assert not (await download())["ok"]
        await publish(broker, "downloader", LaneResumed(audience=("all",), version=4, egress="main"))

        async def free() -> bool:
            return bool((await download())["ok"])

        await eventually(free)
