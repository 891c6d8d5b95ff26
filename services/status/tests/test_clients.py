"""What the looks make of answers: good ones, refusals, nonsense and silence."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from medianest_common.contracts.status import IntegrationKind, ServiceHealth
from medianest_status.clients import uptime_kuma
from medianest_status.clients.examiner import Examiner
from medianest_status.domain.integrations import Target
from medianest_status.domain.probes import Examination, Monitor

UP, DEGRADED, DOWN = ServiceHealth.UP, ServiceHealth.DEGRADED, ServiceHealth.DOWN
Answer = Callable[[httpx2.Request], httpx2.Response]

IDENTITY = {"MediaContainer": {"machineIdentifier": "m1", "version": "1.43.2", "claimed": True}}


def examiner(answer: Answer) -> Examiner:
    return Examiner(deadline=1.0, slow_after_ms=1_000, transport=lambda: httpx2.MockTransport(answer))


def by_path(**answers: httpx2.Response) -> Answer:
    """Answers by the last part of the path; everything else is a 404 page."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        name = request.url.path.rstrip("/").rpartition("/")[2] or "root"
        return answers.get(name.replace("-", "_"), httpx2.Response(404, text="<html>not here</html>"))

    return answer


def target(kind: IntegrationKind, secret: str | None = "s3cret", **config: str) -> Target:
    return Target(kind.value, kind, "http://box:1234", secret, config)


async def look(kind: IntegrationKind, answer: Answer, secret: str | None = "s3cret", **config: str) -> Examination:
    return await examiner(answer).look_once(target(kind, secret, **config))


def failing(found: Examination) -> str | None:
    return next((step.name for step in found.steps if step.ok is False), None)


class TestPlex:
    kind = IntegrationKind.PLEX

    async def test_is_up_with_a_good_token_and_tells_its_machine(self) -> None:
        seen: list[httpx2.Request] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            return httpx2.Response(200, json=IDENTITY)

        found = await look(self.kind, answer)
        assert (found.health, found.passed) == (UP, True)
        assert found.learned == {"machine_identifier": "m1", "version": "1.43.2"}
        assert [request.headers.get("x-plex-token") for request in seen] == [None, "s3cret"]

    async def test_is_limited_when_the_token_is_refused(self) -> None:
        found = await look(self.kind, by_path(identity=httpx2.Response(200, json=IDENTITY), root=httpx2.Response(401)))
        assert (found.health, found.key_refused, failing(found)) == (DEGRADED, True, "key")

    async def test_is_limited_when_another_server_answers_and_gets_no_token(self) -> None:
        def answer(request: httpx2.Request) -> httpx2.Response:
            assert "x-plex-token" not in request.headers
            return httpx2.Response(200, json=IDENTITY)

        found = await look(self.kind, answer, machine_identifier="m0")
        assert (found.health, failing(found), dict(found.learned)) == (DEGRADED, "identity", {})

    @pytest.mark.parametrize(
        "nonsense",
        [
            httpx2.Response(200, text="<html>hello</html>"),
            httpx2.Response(200, json=[1, 2]),
            httpx2.Response(200, json={"MediaContainer": {"machineIdentifier": 7}}),
            httpx2.Response(200, json={"MediaContainer": None}),
            httpx2.Response(404),
        ],
    )
    async def test_is_down_when_something_else_answers(self, nonsense: httpx2.Response) -> None:
        found = await look(self.kind, lambda request: nonsense)
        assert (found.health, failing(found)) == (DOWN, "identity")

    async def test_is_down_with_an_error_of_its_own_and_leaves_the_rest_untried(self) -> None:
        found = await look(self.kind, lambda request: httpx2.Response(503))
        assert (found.health, found.response_ms) == (DOWN, None)
        assert [step.ok for step in found.steps] == [False, None, None]

    async def test_is_down_in_words_when_nothing_listens(self) -> None:
        def refuse(request: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectError("refused")

        found = await look(self.kind, refuse)
        assert (found.health, found.message) == (DOWN, "Nothing listens at this address.")
        assert found.steps[0].fix

    async def test_is_limited_when_it_is_slow(self) -> None:
        async def slowly(request: httpx2.Request) -> httpx2.Response:
            await asyncio.sleep(0.05)
            return httpx2.Response(200, json=IDENTITY)

        slow = Examiner(deadline=1, slow_after_ms=20, transport=lambda: httpx2.MockTransport(slowly))
        found = await slow.look_once(target(self.kind))
        assert (found.health, found.message) == (DEGRADED, "It answers slowly.")

    async def test_is_down_when_it_drips_past_the_deadline(self) -> None:
        class Drip(httpx2.AsyncByteStream):
            async def __aiter__(self) -> Any:
                while True:
                    yield b" "
                    await asyncio.sleep(0.02)

        quick = Examiner(
            deadline=0.2,
            slow_after_ms=100,
            transport=lambda: httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Drip())),
        )
        found = await quick.look_once(target(self.kind))
        assert (found.health, found.message) == (DOWN, "No answer within 0.2 seconds.")


class TestOverseerr:
    kind = IntegrationKind.OVERSEERR
    PUBLIC = httpx2.Response(200, json={"initialized": True, "mediaServerType": 1})
    ME = httpx2.Response(200, json={"id": 1})
    VERSION = httpx2.Response(200, json={"version": "3.1.0"})

    async def test_is_up_and_tells_its_version(self) -> None:
        found = await look(self.kind, by_path(public=self.PUBLIC, me=self.ME, status=self.VERSION))
        assert (found.health, found.passed) == (UP, True)
        assert found.learned == {"kind": "seerr", "version": "3.1.0"}

    async def test_does_not_ask_for_a_known_version_again(self) -> None:
        found = await look(self.kind, by_path(public=self.PUBLIC, me=self.ME), version="3.1.0")
        assert found.learned == {"kind": "seerr"}

    async def test_a_wrong_key_shows_as_403(self) -> None:
        found = await look(self.kind, by_path(public=self.PUBLIC, me=httpx2.Response(403)))
        assert (found.health, found.key_refused, failing(found)) == (DEGRADED, True, "key")

    async def test_tells_when_its_set_up_is_not_finished(self) -> None:
        found = await look(self.kind, by_path(public=httpx2.Response(200, json={"initialized": False})))
        assert (found.health, failing(found)) == (DEGRADED, "ready")
        assert found.learned["kind"] == "overseerr"


class TestWeb:
    kind = IntegrationKind.HTTP

    @pytest.mark.parametrize(
        ("status", "health"), [(200, UP), (302, UP), (401, UP), (403, UP), (404, DEGRADED), (500, DOWN), (503, DOWN)]
    )
    async def test_is_up_unless_it_calls_itself_broken(self, status: int, health: ServiceHealth) -> None:
        assert (await look(self.kind, lambda request: httpx2.Response(status), None)).health is health


HTTP = {"monitor_type": "http", "monitor_hostname": "null", "monitor_port": "null"}


def series(metric: str, value: str, **labels: str) -> str:
    """One line of the exposition; `name` and the like stand for `monitor_name`."""
    given = HTTP | {"monitor_url": "https://"} | {f"monitor_{name}": text for name, text in labels.items()}
    return f"{metric}{{{','.join(f'{name}={chr(34)}{text}{chr(34)}' for name, text in given.items())}}} {value}"


DOOR = {"id": "1", "name": r"Door \"A\" \\ B", "url": "http://box:1/a?key=hidden"}
PING = {"id": "2", "name": "Ping", "type": "ping", "hostname": "10.0.0.9"}
METRICS = "\n".join(
    [
        "# HELP monitor_response_time Monitor Response Time (ms)",
        "# TYPE monitor_response_time gauge",
        series("monitor_response_time", "12.6", **DOOR),
        series("monitor_response_time", "-1", **PING),
        "# TYPE monitor_status gauge",
        series("monitor_status", "1", **DOOR),
        series("monitor_status", "0", **PING),
        series("monitor_status", "2", id="3", name="Pending", type="port", hostname="nas", port="22"),
        series("monitor_status", "3", id="4", name="Planned", url="http://x"),
        series("monitor_status", "0", id="5", name="All", type="group"),
        'app_version{version="2.5.3",major="2",minor="5",patch="3"} 1',
    ]
)
OLD = "\n".join(
    [
        series("monitor_status", "1", name="Web", url="http://a"),
        series("monitor_status", "0", name="Web", url="http://b"),
    ]
)


async def read(body: httpx2.Response) -> list[Monitor]:
    async with examiner(lambda request: body).asker("uptime_kuma") as asker:
        return await uptime_kuma.read(asker, target(IntegrationKind.UPTIME_KUMA))


class TestUptimeKuma:
    async def test_reads_every_state(self) -> None:
        found = {one.service_id: one for one in await read(httpx2.Response(200, text=METRICS))}
        assert {name: one.health.value for name, one in found.items()} == {
            "kuma.1": "up",
            "kuma.2": "down",
            "kuma.3": "degraded",
            "kuma.4": "maintenance",
        }
        assert (found["kuma.1"].name, found["kuma.1"].response_ms) == ('Door "A" \\ B', 13)
        assert found["kuma.2"].response_ms is None

    async def test_keeps_secrets_of_addresses_to_itself(self) -> None:
        targets = {one.service_id: one.target for one in await read(httpx2.Response(200, text=METRICS))}
        assert targets == {
            "kuma.1": "http://box:1/a",
            "kuma.2": "tcp://10.0.0.9",
            "kuma.3": "tcp://nas:22",
            "kuma.4": "http://x",
        }

    async def test_tells_two_of_one_name_apart_where_there_are_no_numbers(self) -> None:
        first, second = await read(httpx2.Response(200, text=OLD))
        again, _ = await read(httpx2.Response(200, text=OLD))
        assert first.service_id != second.service_id
        assert first.service_id == again.service_id
        assert first.service_id.startswith("kuma.x")

    @pytest.mark.parametrize(
        "body",
        ["<html>proxy error</html>", "", 'monitor_status{monitor_id="1",monitor_name="cut', "monitor_status{} x"],
    )
    async def test_does_not_take_nonsense_for_an_empty_list(self, body: str) -> None:
        with pytest.raises(uptime_kuma.Unreadable):
            await read(httpx2.Response(200, text=body))

    async def test_every_401_may_be_the_rate_limit(self) -> None:
        with pytest.raises(uptime_kuma.KeyRefused):
            await read(httpx2.Response(401, headers={"WWW-Authenticate": "Basic"}))

    async def test_sends_the_key_as_the_password(self) -> None:
        seen: list[str] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            seen.append(request.headers.get("authorization", ""))
            return httpx2.Response(200, text=METRICS)

        async with examiner(answer).asker("uptime_kuma") as asker:
            await uptime_kuma.read(asker, target(IntegrationKind.UPTIME_KUMA))
        assert seen == ["Basic OnMzY3JldA=="]
