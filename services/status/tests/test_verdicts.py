"""Writing readings down: history, facts, incidents, monitors, on a real database with a clock that is told."""

from datetime import timedelta

from medianest_common.contracts.status import ServiceHealth

from .support import Told, configurer
from .watched import CHANGED, CURRENT, Watched, monitor

UP, DEGRADED, DOWN = ServiceHealth.UP, ServiceHealth.DEGRADED, ServiceHealth.DOWN
MAINTENANCE, UNKNOWN = ServiceHealth.MAINTENANCE, ServiceHealth.UNKNOWN


class TestRecord:
    async def test_tells_a_change_as_fact_state_and_beat_of_one_version(self, watched: Watched, told: Told) -> None:
        await watched.see(plex=UP)
        await told.forget()
        told.beats.clear()
        await watched.see(None, "Nothing listens at this address.", plex=DOWN)

        (fact,) = await told.rows(CHANGED)
        (state,) = [row for row in await told.rows(CURRENT) if row["service_id"] == "plex"]
        (beat,) = told.beats
        assert (fact["previous"], fact["health"], fact["audience"]) == ("up", "down", ["all"])
        assert (state["health"], state["message"]) == ("down", "Nothing listens at this address.")
        assert state["incident_id"] is not None
        assert fact["version"] == state["version"] == beat.version

    async def test_says_nothing_new_by_a_look_that_changes_nothing(self, watched: Watched, told: Told) -> None:
        await watched.see(plex=UP)
        await told.forget()
        watched.clock.forward(seconds=15)
        await watched.see(20, plex=UP)
        assert await told.rows("") == []
        assert len(told.beats) == 2
        assert (await watched.rows())["plex"]["response_ms"] == 20

    async def test_tells_every_state_again_once_a_minute(self, watched: Watched, told: Told) -> None:
        await watched.see(plex=UP, overseerr=UP, uptime_kuma=UP)
        await told.forget()
        watched.clock.forward(seconds=61)
        await watched.see(20, plex=UP)
        kept = await told.rows(CURRENT)
        assert sorted(row["service_id"] for row in kept) == ["overseerr", "plex", "uptime_kuma"]
        assert await told.rows(CHANGED) == []
        assert next(row for row in kept if row["service_id"] == "plex")["uptime_30d"] == 1.0

    async def test_forgets_a_reading_of_what_was_removed_meanwhile(self, watched: Watched, told: Told) -> None:
        await watched.integrations.delete("plex", by=configurer())
        await told.forget()
        await watched.see(plex=DOWN)
        assert await told.rows(CHANGED) == []
        assert told.beats == []

    async def test_counts_time_to_the_state_that_held_in_it(self, watched: Watched) -> None:
        watched.clock.now = watched.clock.now.replace(minute=4)
        start = watched.clock.now
        await watched.see(plex=UP)
        for health in (UP, DOWN, DOWN, UP):
            watched.clock.forward(seconds=30)
            await watched.see(None if health is DOWN else 10, plex=health)
        fine = await watched.spans("plex", 300)
        assert fine == {
            start - timedelta(minutes=4): {"up": 60.0},
            start + timedelta(minutes=1): {"down": 60.0},
        }
        assert await watched.spans("plex", 3600) == {start.replace(minute=0): {"up": 60.0, "down": 60.0}}

    async def test_leaves_a_hole_where_nobody_looked(self, watched: Watched) -> None:
        await watched.see(plex=UP)
        watched.clock.forward(hours=1)
        await watched.see(plex=UP)
        assert await watched.spans("plex", 300) == {
            watched.clock.now: {},
            watched.clock.now - timedelta(hours=1): {},
        }

    async def test_prunes_what_nobody_can_ask_for_any_more(self, watched: Watched) -> None:
        for _ in range(3):
            await watched.see(plex=UP)
            watched.clock.forward(seconds=30)
        async with watched.work() as work:
            await work.history.prune(watched.clock.forward(days=9))
        assert await watched.spans("plex", 300) == {}
        assert await watched.spans("plex", 3600) != {}


class TestIncidents:
    async def test_begins_with_down_and_ends_with_the_recovery(self, watched: Watched) -> None:
        await watched.see(plex=DOWN)
        assert await watched.going() == [("Plex is down", True, [])]
        watched.clock.forward(seconds=15)
        await watched.see(plex=UP)
        assert await watched.going() == [("Plex is down", False, [])]
        assert (await watched.rows())["plex"]["incident_id"] is None

    async def test_is_one_for_one_cause_whoever_noticed_first(self, watched: Watched) -> None:
        plex = monitor(1, name="Plex (Kuma)", target="http://plex:1/identity")
        await watched.monitors(plex)
        await watched.monitors(monitor(1, DOWN, name="Plex (Kuma)", target="http://plex:1/identity"))
        assert [title for title, _, _ in await watched.going()] == ["Plex (Kuma) is down"]
        watched.clock.forward(seconds=5)
        await watched.see(plex=DOWN)

        assert await watched.going() == [("Plex is down", True, ["kuma.1"])]
        rows = await watched.rows()
        assert rows["kuma.1"]["behind"] == "plex"
        assert rows["kuma.1"]["incident_id"] == rows["plex"]["incident_id"] is not None

    async def test_stays_of_its_own_when_the_cause_goes_and_the_trouble_does_not(self, watched: Watched) -> None:
        await watched.see(plex=DOWN)
        target = "http://plex:1/identity"
        await watched.monitors(monitor(1, DOWN, name="Web", target=target))
        watched.clock.forward(seconds=30)
        await watched.see(plex=UP)
        going = await watched.going()
        assert ("Web is down", True, []) in going
        assert ("Plex is down", False, ["kuma.1"]) in going
        assert (await watched.rows())["kuma.1"]["behind"] is None

    async def test_ends_when_the_service_is_taken_away(self, watched: Watched) -> None:
        await watched.see(overseerr=DOWN)
        await watched.integrations.delete("overseerr", by=configurer())
        assert await watched.going() == [("Overseerr is down", False, [])]

    async def test_pages_newest_first_without_a_gap_or_a_double(self, watched: Watched) -> None:
        for number in range(5):
            watched.clock.forward(seconds=1)
            await watched.incidents.write(title=f"{number}", text="", health=DOWN, service_id=None, by=configurer())
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            found, cursor = await watched.incidents.page(service_id=None, limit=2, cursor=cursor, private=True)
            seen += [one.title for one in found]
        assert (seen, cursor) == (["4", "3", "2", "1", "0"], None)


class TestMaintenance:
    async def test_expects_trouble_in_a_window_and_alarms_nobody(self, watched: Watched, told: Told) -> None:
        now = watched.clock.now
        end = now + timedelta(hours=1)
        await watched.maintenance.plan(service_id="plex", starts_at=now, ends_at=end, text="New disk", by=configurer())
        await watched.see(None, "Nothing listens.", plex=DOWN)
        row = (await watched.rows())["plex"]
        assert (row["health"], row["message"]) == ("maintenance", "New disk")
        assert await watched.going() == []
        watch = (await watched.overview.compose(private=False))["abilities"]["watch"]
        assert (watch["ok"], watch["until"]) == (False, end)

        watched.clock.forward(hours=2)
        await watched.see(plex=UP)
        assert (await watched.rows())["plex"]["health"] == "up"


class TestMonitors:
    async def test_are_taken_in_with_what_they_watch(self, watched: Watched, told: Told) -> None:
        await watched.monitors(monitor(1, name="Door"), monitor(2, DOWN, name="Gate"))
        rows = await watched.rows()
        assert (rows["kuma.1"]["health"], rows["kuma.2"]["health"]) == ("up", "down")
        assert {row["service_id"] for row in await told.rows(CURRENT)} >= {"kuma.1", "kuma.2"}

    async def test_follow_a_new_name(self, watched: Watched) -> None:
        await watched.monitors(monitor(1, name="Door"))
        await watched.monitors(monitor(1, name="Front door"))
        assert (await watched.rows())["kuma.1"]["name"] == "Front door"

    async def test_are_unknown_and_behind_kuma_while_it_is_away_and_ours_go_on(self, watched: Watched) -> None:
        await watched.monitors(monitor(1))
        await watched.see(plex=UP)
        watched.clock.forward(seconds=30)
        await watched.monitors(kuma=DOWN)
        await watched.see(plex=UP)
        rows = await watched.rows()
        assert (rows["kuma.1"]["health"], rows["kuma.1"]["behind"]) == ("unknown", "uptime_kuma")
        assert rows["plex"]["health"] == "up"
        assert await watched.going() == [("Uptime Kuma is down", True, ["kuma.1"])]

    async def test_absent_is_not_down_but_unknown_after_a_while_and_gone_after_an_hour(
        self, watched: Watched, told: Told
    ) -> None:
        await watched.monitors(monitor(1))
        await watched.monitors()
        assert (await watched.rows())["kuma.1"]["health"] == "up"
        watched.clock.forward(seconds=100)
        await watched.monitors()
        assert (await watched.rows())["kuma.1"]["health"] == "unknown"
        watched.clock.forward(hours=1)
        await told.forget()
        await watched.monitors()
        assert "kuma.1" not in await watched.rows()
        assert {} in await told.rows(f"{CURRENT}kuma.1")

    async def test_come_back_with_a_higher_version(self, watched: Watched) -> None:
        await watched.monitors(monitor(1))
        before = (await watched.rows())["kuma.1"]["version"]
        await watched.monitors()
        watched.clock.forward(hours=2)
        await watched.monitors()
        await watched.monitors(monitor(1))
        assert (await watched.rows())["kuma.1"]["version"] > before
