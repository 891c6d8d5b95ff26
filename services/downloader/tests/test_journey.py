"""Both roles over the real broker: the real yt-dlp once, and workers that are killed."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import nats
from sqlalchemy import text

from medianest_common.broker_access import inbox_prefix
from medianest_common.contracts.downloads import ItemProgress
from medianest_common.http import OutsideClient, tls
from medianest_common.ids import uuid7
from medianest_devstack.ports import free_port
from medianest_downloader.clients.plex import PlexServer
from medianest_downloader.worker.app import create_worker
from medianest_sandbox.people import MACHINE_IDENTIFIER, account_token
from medianest_sandbox.settings import Settings as SandboxSettings

from .conftest import FAKE_CHILD, StartSuite, Suite, until

_BASE = "/api/v1/downloads"
_FAKE = (sys.executable, "-I", str(FAKE_CHILD))
_WORKER = """
import json, sys
from medianest_common.server import serve
from medianest_downloader.settings import WorkerSettings
from medianest_downloader.worker.app import create_worker
settings = WorkerSettings(**json.loads(sys.argv[1]))
serve(create_worker(settings, tuple(json.loads(sys.argv[2]))), settings)
"""


@asynccontextmanager
async def worker(suite: Suite, command: tuple[str, ...] | None = None, **settings: Any) -> AsyncIterator[None]:
    """A worker in this process."""
    app = create_worker(suite.worker_settings(**settings), *([command] if command else []))
    async with app.router.lifespan_context(app):
        yield


def worker_process(suite: Suite, **settings: Any) -> "subprocess.Popen[bytes]":
    """A worker in a process of its own, which can be killed."""
    options = suite.worker_settings(http_port=free_port(), **settings)
    values = {name: value for name, value in options.model_dump(mode="json").items() if value is not None}
    values["database_url"] = options.database_url.get_secret_value()
    if options.nats_password is not None:
        values["nats_password"] = options.nats_password.get_secret_value()
    return subprocess.Popen([sys.executable, "-c", _WORKER, json.dumps(values), json.dumps(_FAKE)])


async def submit(suite: Suite, user: UUID, url: str, **wishes: Any) -> str:
    answer = await suite.http.post(_BASE, json={"url": url, **wishes}, headers=suite.as_user(user))
    assert answer.status_code == 202, answer.text
    return f"{_BASE}/{answer.json()['id']}"


async def reaches(suite: Suite, user: UUID, path: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
    """The download once it has one of the states."""

    async def look() -> dict[str, Any] | None:
        read: dict[str, Any] = (await suite.http.get(path, headers=suite.as_user(user))).json()
        return read if read["status"] in statuses else None

    found: dict[str, Any] = await until(look, seconds=seconds)
    return found


async def test_a_video_of_the_site_ends_as_a_playable_file(start_suite: StartSuite, sandbox: SandboxSettings) -> None:
    suite = await start_suite()
    user = uuid7()
    listener = await nats.connect(suite.url_for("gateway"), inbox_prefix=inbox_prefix("gateway"), connect_timeout=5)
    live = await listener.subscribe("medianest.live.downloads.item.*")
    async with worker(suite):
        videos = (await suite_videos(sandbox))["items"]
        single = next(video["url"] for video in videos if video["kind"] == "video")
        path = await submit(suite, user, single.replace("localhost", "127.0.0.1"))
        read = await reaches(suite, user, path, "completed", "failed", "partially_completed", seconds=60)
    item = read["items"][0]
    assert (read["status"], item["reason"], item["attempt"]) == ("completed", None, 1)
    file = suite.media / str(user) / str(read["id"]) / item["file_name"]
    assert file.stat().st_size == item["bytes"] > 10_000
    assert file.with_suffix(".jpg").read_bytes()[:2] == b"\xff\xd8"
    assert file.with_suffix(".nfo").read_text().count("<title>") == 1
    progress = ItemProgress.model_validate_json((await live.next_msg(timeout=2)).data)
    assert progress.audience == (str(user), "role:admin")
    await listener.close()


async def suite_videos(sandbox: SandboxSettings) -> dict[str, Any]:
    async with httpx2.AsyncClient(verify=tls()) as http:
        found: dict[str, Any] = (await http.get(f"{sandbox.base_url}/control/videos")).json()
        return found


async def test_a_video_in_the_layout_of_series_is_an_episode_in_plex_and_in_its_collection(
    start_suite: StartSuite, sandbox: SandboxSettings
) -> None:
    suite = await start_suite()
    user = uuid7()
    client = OutsideClient("Plex")
    plex = PlexServer(client, f"{sandbox.base_url}/plex", account_token("owner"), MACHINE_IDENTIFIER, "test")
    await _control(sandbox, "POST", "/plex/libraries/2/folders", {"path": str(suite.media / str(user))})
    suite.parts.link.server = plex
    async with worker(suite, layout="tv"):
        videos = (await suite_videos(sandbox))["items"]
        single = next(video["url"] for video in videos if video["kind"] == "video")
        path = await submit(suite, user, single.replace("localhost", "127.0.0.1"), collection="Episodes")
        await reaches(suite, user, path, "completed", seconds=60)

        async def shown() -> dict[str, Any] | None:
            read: dict[str, Any] = (await suite.http.get(path, headers=suite.as_user(user))).json()
            return read if read["in_plex"] == "done" else None

        download = await until(shown, seconds=40)
    (key,) = await plex.collection_items(download["plex_collection_id"]) or []
    (episode,) = (await plex._container("GET", f"/library/metadata/{key}"))["Metadata"]
    file = Path(episode["Media"][0]["Part"][0]["file"])
    show, season, _ = file.relative_to(suite.media / str(user)).parts
    assert (episode["type"], episode["librarySectionID"]) == ("episode", 2)
    assert (episode["grandparentTitle"], episode["parentTitle"]) == (show, season)
    assert f"s{episode['parentIndex']}e{episode['index']:06}" in file.name
    await suite.http.delete(path, headers=suite.as_user(user))

    async def gone() -> bool:
        return await plex.items([key]) == [] and await plex.collection_items(download["plex_collection_id"]) is None

    await until(gone)
    await client.close()


async def test_new_videos_of_a_channel_come_by_themselves_and_old_ones_go(
    start_suite: StartSuite, sandbox: SandboxSettings
) -> None:
    suite = await start_suite(more={"follow_gap_seconds": 0})
    user = uuid7()
    body = {"url": f"http://127.0.0.1:{sandbox.port}/video/channel/harbour-light", "keep_last": 1}
    made = await suite.http.post(f"{_BASE}/follows", json=body, headers=suite.as_user(user))
    follow = made.headers["location"]

    async def reached(found: int, *, kept: int) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            read: dict[str, Any] = (await suite.http.get(follow, headers=suite.as_user(user))).json()
            there = read["last_checked_at"] and (read["videos_found"], read["videos_kept"]) == (found, kept)
            return read if there else None

        seen: dict[str, Any] = await until(look, seconds=60)
        return seen

    assert (await reached(0, kept=0))["problem"] is None
    async with worker(suite):
        for number in (1, 2):
            change = {"add": 1, "reversed": number == 2, "duplicate": await _ids(sandbox, "harbour-light")}
            await _change_feed(sandbox, "harbour-light", change)
            await suite.http.post(f"{follow}/check", headers=suite.as_user(user))
            read = await reached(number, kept=1)

        async def one_file() -> bool:
            return len(list((suite.media / str(user) / str(read["download_id"])).glob("*.mp4"))) == 1

        async def dropped() -> dict[str, Any] | None:
            path = f"{_BASE}/{read['download_id']}"
            found: dict[str, Any] = (await suite.http.get(path, headers=suite.as_user(user))).json()
            return found if [(item["index"], item["status"]) for item in found["items"]] == [(2, "completed")] else None

        download = await until(dropped, seconds=60)
        await until(one_file)
    assert download["bytes"] == download["items"][0]["bytes"] > 10_000


async def _ids(sandbox: SandboxSettings, slug: str) -> list[str]:
    async with httpx2.AsyncClient(verify=tls()) as http:
        videos = (await http.get(f"{sandbox.base_url}/control/video/videos")).json()["items"]
        return [video["id"] for video in videos if video["list"] == slug][:1]


async def _change_feed(sandbox: SandboxSettings, slug: str, change: dict[str, Any]) -> None:
    await _control(sandbox, "POST", f"/video/feeds/{slug}", change)


async def _control(sandbox: SandboxSettings, method: str, path: str, body: dict[str, Any]) -> None:
    async with httpx2.AsyncClient(verify=tls()) as http:
        (await http.request(method, f"{sandbox.base_url}/control{path}", json=body)).raise_for_status()


async def test_a_cancelled_download_stops_at_once_through_both_roles(start_suite: StartSuite) -> None:
    suite = await start_suite(command=_FAKE)
    user = uuid7()
    async with worker(suite, _FAKE):
        path = await submit(suite, user, "https://youtu.be/x?do=hang")

        async def both_run() -> bool:
            items = (await suite.http.get(path, headers=suite.as_user(user))).json()["items"]
            return [item["status"] for item in items] == ["running", "running"]

        await until(both_run)
        await suite.http.post(f"{path}/cancel", headers=suite.as_user(user))

        async def stopped() -> bool:
            return not [path for path in (suite.media / ".work").iterdir() if len(path.name) == 36]

        await until(stopped, seconds=3)


async def test_a_worker_killed_in_the_middle_costs_nothing_and_doubles_nothing(start_suite: StartSuite) -> None:
    suite = await start_suite(command=_FAKE)
    user = uuid7()
    first = worker_process(suite, worker_id="first", lease_seconds=4)
    try:
        path = await submit(suite, user, "https://youtu.be/x?do=slow")
        await reaches(suite, user, path, "running")
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    async with worker(suite, _FAKE, worker_id="second"):
        read = await reaches(suite, user, path, "completed")
    assert sorted(item["attempt"] for item in read["items"])[-1] >= 2
    folder = suite.media / str(user) / str(read["id"])
    assert len(list(folder.glob("*.mp4"))) == 2
    async with suite.rows.engine.connect() as connection:
        archived = await connection.execute(text("select count(*) from archive"))
        assert archived.scalar_one() == 2


async def test_a_worker_told_to_stop_gives_its_items_back_at_once(start_suite: StartSuite) -> None:
    suite = await start_suite(command=_FAKE)
    user = uuid7()
    async with worker(suite, _FAKE, worker_id="first", drain_seconds=0):
        path = await submit(suite, user, "https://youtu.be/x?do=slow")
        await reaches(suite, user, path, "running")
    async with worker(suite, _FAKE, worker_id="second"):
        read = await reaches(suite, user, path, "completed")
    assert all(item["attempt"] <= 3 for item in read["items"])


async def test_two_users_playlists_interleave(start_suite: StartSuite) -> None:
    suite = await start_suite(command=_FAKE)
    one, other = uuid7(), uuid7()
    paths = {
        one: await submit(suite, one, "https://youtu.be/a?do=slow"),
        other: await submit(suite, other, "https://youtu.be/b?do=slow"),
    }
    for user, path in paths.items():

        async def listed(user: UUID = user, path: str = path) -> bool:
            read = (await suite.http.get(path, headers=suite.as_user(user))).json()
            return bool(read["items_total"])

        await until(listed)
    async with worker(suite, _FAKE, slots=1):
        await asyncio.gather(*(reaches(suite, user, path, "completed") for user, path in paths.items()))
    async with suite.rows.engine.connect() as connection:
        order = await connection.execute(text("select user_id from download_items order by started_at"))
        users = [row.user_id for row in order]
    assert users[0] != users[1]
    assert users[2] != users[3]
