"""What the queue and the safety around yt-dlp cost: a playlist through the downloader beside `xargs -P 3 yt-dlp`, two
ways out beside one, and the memory of a worker that waits. Files come from this machine, each connection at a given
pace; for the ways out a film takes a minute, so that the source sets the time, as it does where a second way is worth
having, and not this machine's cores. Rounds alternate and the figures are medians. Run it by `make bench-downloads`.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
from aiohttp import web
from gateway import Signer, free_port
from pydantic import SecretStr

from medianest_devstack import media_tools
from medianest_devstack.credentials import Credentials
from medianest_devstack.databases import ExternalPostgres
from medianest_devstack.embedded import HelperProcess
from medianest_devstack.provisioning import provision_broker
from medianest_devstack.servers import NatsServer
from medianest_devstack.servers.nats import nats_passwords
from medianest_devstack.templates import ServiceDatabase, Templates
from medianest_downloader.app import create_app
from medianest_downloader.settings import ApiSettings

WAYS = ("main", "second")
MEGABYTE = 1_000_000
CHUNK = 128 * 1024
NICE = 10  # as our children are
AIM_RATIO, AIM_WAYS = 1.15, 1.9


class Site:
    """One film under as many addresses as are asked for, and feeds of them."""

    def __init__(self, film: Path) -> None:
        self._film = film.read_bytes()

    async def film(self, request: web.Request) -> web.StreamResponse:
        size = len(self._film)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2] or size - 1)) if asked else (0, size - 1)
        headers = {"Content-Type": "video/mp4", "Content-Length": str(last - first + 1), "Accept-Ranges": "bytes"}
        if asked:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        response = web.StreamResponse(status=206 if asked else 200, headers=headers)
        await response.prepare(request)
        with suppress(ConnectionResetError):  # yt-dlp looks at the beginning and calls again
            await self._send(response, first, last, int(request.match_info["pace"]))
        return response

    async def _send(self, response: web.StreamResponse, first: int, last: int, pace: int) -> None:
        """`pace` is in bytes a second."""
        began, sent = time.monotonic(), 0
        for start in range(first, last + 1, CHUNK):
            await response.write(self._film[start : min(start + CHUNK, last + 1)])
            sent += CHUNK
            await asyncio.sleep(max(0.0, began + sent / pace - time.monotonic()))

    async def feed(self, request: web.Request) -> web.Response:
        base = f"http://{request.host}/{request.match_info['pace']}/{request.match_info['round']}"
        items = "".join(
            f'<item><title>Film {n}</title><enclosure url="{base}/{n}.mp4" type="video/mp4"/></item>'
            for n in range(int(request.match_info["films"]))
        )
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Films</title>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")


def serve(film: Path, port: int) -> None:
    site = Site(film)
    app = web.Application()
    app.add_routes(
        [web.get("/{pace}/{round}/{number}.mp4", site.film), web.get("/{pace}/{round}/{films}/feed", site.feed)]
    )
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def make_film(path: Path, size: int) -> None:
    """A playable film of about this size: noise, which does not compress."""
    picture = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "640x360", "-r", "25", "-i", "/dev/urandom"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-t", "60"]
    program = media_tools.find("ffmpeg")
    if program is None:
        raise SystemExit("ffmpeg is not there.")
    subprocess.run([program, "-v", "error", "-y", *picture, *coded, "-fs", str(size), str(path)], check=True)


class Bench:
    """The api role in this process, workers in their own."""

    def __init__(self, folder: Path, database: ServiceDatabase, nats: NatsServer, site: str) -> None:
        self.folder, self.database, self.nats, self.site = folder, database, nats, site
        self.media = folder / "media"
        self._rounds = 0
        self._signer = Signer()
        self._media_settings: dict[str, Any] = {
            "media_dir": str(self.media),
            "ffmpeg": media_tools.find("ffmpeg"),
            "ffprobe": media_tools.find("ffprobe"),
            "allow_private_addresses": True,
        }
        settings = ApiSettings(
            database_url=SecretStr(database.url),
            nats_url=nats.url,
            nats_user="downloader",
            nats_password=SecretStr(nats.passwords["downloader"]),
            download_quota_bytes=10**12,
            allowed_extractors=("generic", "html5"),
            log_level="ERROR",
            **self._media_settings,
        )
        self.app = create_app(settings)
        self.app.state.verifier.use_keys(json.loads(self._signer.jwks())["keys"])
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://downloader")

    @asynccontextmanager
    async def worker(self, egress: str) -> AsyncIterator[int]:
        """A worker that announces its slots on this way out; its pid."""
        own = {
            "database_url": self.database.guests["downloader_worker"],
            "nats_url": self.nats.url,
            "nats_user": "worker",
            "nats_password": self.nats.passwords["worker"],
            "http_port": free_port(),
            "worker_id": egress,
            "egress": egress,
            "allowed_extractors": "generic,html5",
            "drain_seconds": 0,
            "log_level": "ERROR",
        }
        env = {f"MEDIANEST_{name.upper()}": str(value) for name, value in (self._media_settings | own).items() if value}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "medianest_downloader", "worker", env=env | {"PATH": os.environ["PATH"]}
        )
        try:
            async with asyncio.timeout(60):
                while egress not in self.app.state.parts.board.egresses():  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 30)

    async def ours(self, films: int, pace: float) -> float:
        """Seconds from submitting a list of films to its last one in the library."""
        self._rounds += 1
        headers = {"Authorization": f"Bearer {self._signer.token()}"}
        began = time.monotonic()
        url = f"{self._address(pace)}/{films}/feed"
        answer = await self._http.post("/api/v1/downloads", json={"url": url, "collection": ""}, headers=headers)
        if answer.status_code != 202:
            raise SystemExit(answer.text)
        path = f"/api/v1/downloads/{answer.json()['id']}"
        status = "queued"
        while status in ("queued", "running"):
            await asyncio.sleep(0.1)
            read = (await self._http.get(path, headers=headers)).json()
            status = read["status"]
        taken = time.monotonic() - began
        if read["items_completed"] != films:
            raise SystemExit(f"{read['items_completed']} of {films} films: {[i['reason'] for i in read['items']]}")
        await self._http.delete(path, headers=headers)
        return taken

    def _address(self, pace: float) -> str:
        return f"{self.site}/{int(pace * MEGABYTE)}/{self._rounds}"

    async def theirs(self, films: int, pace: float) -> float:
        """Seconds of `xargs -P 3 yt-dlp` for as many films."""
        self._rounds += 1
        target = self.folder / f"plain-{self._rounds}"
        urls = "\n".join(f"{self._address(pace)}/{n}.mp4" for n in range(films))
        xargs = ["nice", "-n", str(NICE), "xargs", "-P", "3", "-n", "1"]  # else a busy machine would prefer it to ours
        command = [*xargs, sys.executable, "-m", "yt_dlp", "--ignore-config", "--quiet"]
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*command, "-P", str(target), stdin=subprocess.PIPE)
        await process.communicate(urls.encode())
        taken = time.monotonic() - began
        if process.returncode != 0 or len(list(target.glob("*.mp4"))) != films:
            raise SystemExit("yt-dlp did not fetch everything")
        shutil.rmtree(target)
        return taken


def proportional_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]) / 1024  # type: ignore[index]  # the kernel writes it


@asynccontextmanager
async def prepared(folder: Path, megabytes: int) -> AsyncIterator[Bench]:
    make_film(folder / "film.mp4", megabytes * MEGABYTE)
    port = free_port()
    site = multiprocessing.Process(target=serve, args=(folder / "film.mp4", port), daemon=True)
    site.start()
    async with AsyncExitStack() as stack:
        stack.callback(site.kill)
        postgres = stack.enter_context(HelperProcess("postgres"))
        database = await Templates(ExternalPostgres(str(postgres.answer["postgres"]))).copy("downloader")
        passwords = nats_passwords(Credentials(folder / "secrets.json"))
        nats = await stack.enter_async_context(
            NatsServer(folder / "nats", passwords=passwords, egresses=WAYS, fast=True)
        )
        await provision_broker(nats.url_for, WAYS)
        bench = Bench(folder, database, nats, f"http://127.0.0.1:{port}")
        await stack.enter_async_context(bench.app.router.lifespan_context(bench.app))
        yield bench


async def measure(bench: Bench, options: argparse.Namespace) -> None:
    films, pace, slow = options.films, options.pace, options.slow_pace
    beside: list[tuple[float, float]] = []
    ways: list[tuple[float, float]] = []
    full = -(-films // 20) * 6  # both one and two ways out are then full to the end
    async with bench.worker(WAYS[0]) as pid:
        await asyncio.sleep(5)
        idle = proportional_mib(pid)
        for _ in range(options.rounds):
            beside.append((await bench.theirs(films, pace), await bench.ours(films, pace)))
            print("yt-dlp {:.1f} s, downloader {:.1f} s".format(*beside[-1]), file=sys.stderr)
            one = await bench.ours(full, slow)
            async with bench.worker(WAYS[1]):
                ways.append((one, await bench.ours(full, slow)))
            print("one way {:.1f} s, two ways {:.1f} s".format(*ways[-1]), file=sys.stderr)
            await asyncio.sleep(8)  # until nobody counts on the second way any more
    show(f"{films} films: xargs -P 3 yt-dlp, downloader", beside, "at most", AIM_RATIO, [b / a for a, b in beside])
    show(f"{full} films: one way out, two", ways, "at least", AIM_WAYS, [a / b for a, b in ways])
    print(f"{'an idle worker, proportional set size':45} {idle:8.0f} MiB")


def show(name: str, pairs: list[tuple[float, float]], bound: str, aim: float, ratios: list[float]) -> None:
    first, second = (statistics.median(values) for values in zip(*pairs, strict=True))
    print(f"{name:45} {first:8.1f} s {second:8.1f} s   ratio {statistics.median(ratios):.2f}, {bound} {aim}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=20, help="size of one film")
    parser.add_argument("--pace", type=float, default=4, help="megabytes a second, each connection")
    parser.add_argument(
        "--slow-pace", type=float, default=0.35, help="the same for the ways out, where the source decides"
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="medianest-bench-"))
    os.chmod(folder, 0o711)  # noqa: PTH101 - before anything runs
    try:
        async with prepared(folder, options.megabytes) as bench:
            await measure(bench, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
