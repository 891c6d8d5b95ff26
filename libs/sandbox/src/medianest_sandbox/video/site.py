"""The routes of the video site."""

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from medianest_sandbox import posters
from medianest_sandbox.video import pages
from medianest_sandbox.video.files import FileAnswer
from medianest_sandbox.video.making import CannotMake, VideoMaker
from medianest_sandbox.video.sponsorblock import SponsorBlock
from medianest_sandbox.video.switches import Switch, Switches
from medianest_sandbox.video.traps import Flood, Traps
from medianest_sandbox.video.tube import LANGUAGES, Tube, Video
from medianest_sandbox.wire import base_url

_HLS_TYPE = "application/vnd.apple.mpegurl"


class VideoSite:
    """Lists, videos, and how they misbehave."""

    def __init__(self, cache: Path, *, bytes_per_second: int | None) -> None:
        self.tube = Tube()
        self._traps = Traps(self.tube)
        self.switches = Switches()
        self.sponsorblock = SponsorBlock()
        self.maker = VideoMaker(cache)
        self.bytes_per_second = self._first_pace = bytes_per_second

    def reset(self) -> None:
        """As on the first day; files that were made stay."""
        self.tube.reset()
        self.switches.clear()
        self.sponsorblock.segments.clear()
        self.bytes_per_second = self._first_pace

    def routes(self) -> list[BaseRoute]:
        """Everything below /video."""
        return [
            Route("/", self.front),
            Route("/playlist/{slug}", self.feed),
            Route("/channel/{slug}", self.feed),
            Route("/watch/{id}", self.watch),
            Route("/file/{name}.mp4", self.file),
            Route("/subtitles/{id}.{language}.vtt", self.subtitles),
            Route("/sponsorblock/api/skipSegments/{prefix}", self.segments),
            Route("/hls/{id}/master.m3u8", self.master),
            Route("/hls/{id}/{name}", self.segment),
            Route("/thumb/{id}.jpg", self.thumb),
            *self._traps.routes(),
        ]

    async def front(self, request: Request) -> Response:
        """The site's front page."""
        return pages.front(self.tube, base_url(request))

    async def feed(self, request: Request) -> Response:
        """A playlist or a channel."""
        found = self.tube.lists.get(request.path_params["slug"])
        return pages.feed(found, base_url(request)) if found else Response(status_code=404)

    async def watch(self, request: Request) -> Response | ASGIApp:
        """A video's page."""
        video = self.tube.video(request.path_params["id"])
        if video is None:
            return Response(status_code=404)
        met = self.switches.take(video.id, "page")
        if "private" in met:
            return pages.private()
        return _refusal(met) or _flood(met, "text/html") or pages.watch(video, base_url(request))

    async def file(self, request: Request) -> Response | ASGIApp:
        """A video's file."""
        video = self.tube.video(request.path_params["name"])
        if video is None:
            return Response(status_code=404)
        met = self.switches.take(video.id, "file")
        return _refusal(met) or await self._file(video, met)

    async def _file(self, video: Video, met: dict[str, Switch]) -> Response | ASGIApp:
        if "html" in met:
            return HTMLResponse("<!doctype html><title>Sorry</title><p>No film today.</p>", media_type="video/mp4")
        if "bomb" in met:
            return Flood(met["bomb"], "video/mp4")
        try:
            path = await self.maker.file(video)
        except CannotMake as problem:
            return PlainTextResponse(str(problem), 503)
        return FileAnswer(path, "video/mp4", pace=self.bytes_per_second, switches=met)

    async def subtitles(self, request: Request) -> Response:
        """A video's subtitles in one language."""
        video, language = self.tube.video(request.path_params["id"]), request.path_params["language"]
        if video is None or not video.subtitled or language not in LANGUAGES:
            return Response(status_code=404)
        return _refusal(self.switches.take(video.id, "subtitles")) or pages.subtitles(video, language)

    async def segments(self, request: Request) -> Response:
        """SponsorBlock's answer about the videos whose id's hash begins so; 404 when nothing is marked in any."""
        found = self.sponsorblock.answer(request.path_params["prefix"], request.query_params.get("categories", ""))
        return JSONResponse(found, 200 if found else 404)

    async def master(self, request: Request) -> Response:
        """The list of variants of a video in segments: there is one."""
        video = self.tube.video(request.path_params["id"])
        if video is None:
            return Response(status_code=404)
        text = (
            "#EXTM3U\n#EXT-X-VERSION:3\n"
            '#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2"\nindex.m3u8\n'
        )
        return Response(text, media_type=_HLS_TYPE)

    async def segment(self, request: Request) -> Response | ASGIApp:
        """The list of segments, and the segments."""
        video, name = self.tube.video(request.path_params["id"]), request.path_params["name"]
        if video is None:
            return Response(status_code=404)
        met = self.switches.take(video.id, "file")
        refusal = _refusal(met)
        if refusal:
            return refusal
        try:
            folder = await self.maker.segments(video)
        except CannotMake as problem:
            return PlainTextResponse(str(problem), 503)
        path = folder / name
        if path not in set(folder.iterdir()):
            return Response(status_code=404)
        media_type = _HLS_TYPE if name.endswith(".m3u8") else "video/mp2t"
        return FileAnswer(path, media_type, pace=self.bytes_per_second, switches=met)

    async def thumb(self, request: Request) -> Response:
        """A video's picture."""
        video = self.tube.video(request.path_params["id"])
        if video is None:
            return Response(status_code=404)
        body = await run_in_threadpool(posters.backdrop, video.title[:60], caption=video.channel, width=640)
        return Response(body, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=86400"})


def _refusal(met: dict[str, Switch]) -> Response | None:
    switch = met.get("status")
    if switch is None:
        return None
    headers = {} if switch.retry_after is None else {"Retry-After": str(switch.retry_after)}
    return PlainTextResponse("sandbox switch", switch.value or 500, headers)


def _flood(met: dict[str, Switch], media_type: str) -> ASGIApp | None:
    switch = next((switch for kind, switch in met.items() if kind in Flood.KINDS), None)
    return Flood(switch, media_type) if switch else None
