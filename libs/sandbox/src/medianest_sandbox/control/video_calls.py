"""Control calls for the video site."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from medianest_sandbox.control.table import BadCall, Call, body_of, done, only, seconds, whole
from medianest_sandbox.video.sponsorblock import CATEGORIES, Segment
from medianest_sandbox.video.switches import BadSwitch
from medianest_sandbox.video.traps import REDIRECTS, WAYS
from medianest_sandbox.video.tube import VideoList
from medianest_sandbox.wire import base_url, json_reply

if TYPE_CHECKING:
    from medianest_sandbox.app import World


class VideoCalls:
    """What can be downloaded, and how single videos and lists misbehave."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def table(self) -> list[Call]:
        """The calls."""
        return [
            Call("GET", "/videos", self.videos),
            Call("POST", "/video/throttle", self.throttle, example={"bytes_per_second": 150000}),
            Call("GET", "/video/videos", self.all_videos),
            Call("GET", "/video/switches", self.switches),
            Call(
                "POST",
                "/video/videos/{id}/switch",
                self.switch,
                example={"kind": "status", "value": 429, "retry_after": 60, "times": 2},
                sample="/video/videos/*/switch",
            ),
            Call(
                "POST",
                "/video/videos/{id}/segments",
                self.mark,
                example={"category": "sponsor", "start": 1, "end": 3},
                sample="/video/videos/*/segments",
            ),
            Call("DELETE", "/video/videos/{id}/switch", self.behave, sample="/video/videos/*/switch"),
            Call(
                "POST",
                "/video/feeds/{slug}",
                self.feed,
                example={"add": 2, "reversed": True},
                sample="/video/feeds/bread-basics",
            ),
            Call("GET", "/video/evil", self.evil),
        ]

    async def videos(self, request: Request) -> Response:
        """What can be downloaded: single videos, playlists and channels."""
        base, tube = base_url(request), self._world.video.tube
        lists = [
            {
                "title": each.title,
                "url": f"{base}/video/{'channel' if each.kind == 'channel' else 'playlist'}/{each.slug}",
                "kind": "playlist",
                "entries": len(each.shown()),
            }
            for each in tube.lists.values()
            if each.kind != "evil"
        ]
        singles = [
            {"title": each.title, "url": f"{base}/video/watch/{each.id}", "kind": "video", "entries": 1}
            for each in tube.singles
        ]
        return json_reply({"items": singles + lists})

    async def throttle(self, request: Request) -> Response:
        """Bytes a second for every file; null for as fast as it goes."""
        body = only(await body_of(request), "bytes_per_second")
        pace = None if body.get("bytes_per_second") is None else whole(body, "bytes_per_second")
        if pace == 0:
            raise BadCall("bytes_per_second must be above 0, or null")
        self._world.video.bytes_per_second = pace
        return done(bytes_per_second=pace)

    async def all_videos(self, request: Request) -> Response:
        """Every video with its id, file and list."""
        base, tube = base_url(request), self._world.video.tube
        shelves = [("", tube.singles), *((each.slug, each.shown()) for each in tube.lists.values())]
        items = [
            {
                "id": video.id,
                "title": video.title,
                "list": slug or None,
                "url": f"{base}/video/watch/{video.id}",
                "file": f"{base}/video/file/{video.id}.mp4",
                "seconds": video.seconds,
            }
            for slug, videos in shelves
            for video in videos
        ]
        return json_reply({"items": items})

    async def switches(self, _: Request) -> Response:
        """What is switched on."""
        return json_reply({"items": self._world.video.switches.items()})

    async def switch(self, request: Request) -> Response:
        """Let a video misbehave (* for all): status, short, reset, stall, throttle, no-range, wrong-length, wrong-
        type, endless, private, html (in place of the film), bomb (20 GiB, compressed). value: a status, bytes, or bytes
        a second; times: for so many calls; where: file, subtitles (status) or page (status, stall, endless, bomb);
        retry_after: seconds.
        """
        video_id = request.path_params["id"]
        if video_id != "*" and self._world.video.tube.video(video_id) is None:
            raise BadCall("no such video", 404)
        try:
            switch = self._world.video.switches.add(video_id, await body_of(request))
        except BadSwitch as error:
            raise BadCall(str(error)) from error
        return json_reply(switch.document(), 201)

    async def mark(self, request: Request) -> Response:
        """Mark a part of a video at SponsorBlock (GET /video/sponsorblock/api/skipSegments/…)."""
        body, video_id = only(await body_of(request), "category", "start", "end"), request.path_params["id"]
        video = self._world.video.tube.video(video_id)
        if video is None:
            raise BadCall("no such video", 404)
        segment = Segment(str(body.get("category")), seconds(body, "start", 0.0), seconds(body, "end", 0.0))
        if segment.category not in CATEGORIES or segment.end <= segment.start:
            raise BadCall(f"category must be one of {', '.join(CATEGORIES)}, and end after start")
        known_as = f"{video_id}-1" if video.subtitled else video_id  # as yt-dlp names the first video of a player
        self._world.video.sponsorblock.mark(known_as, segment)
        return json_reply({"video": video_id, **vars(segment)}, 201)

    async def behave(self, request: Request) -> Response:
        """Let it behave again (* clears all)."""
        video_id = request.path_params["id"]
        self._world.video.switches.clear(None if video_id == "*" else video_id)
        return done()

    async def feed(self, request: Request) -> Response:
        """Change a list: remove and duplicate ids, add so many new videos, broken XML, empty, reversed. {} brings back
        the removed and duplicated.
        """
        body, tube = await body_of(request), self._world.video.tube
        only(body, "remove", "duplicate", "add", "broken", "empty", "reversed")
        feed = tube.lists.get(request.path_params["slug"])
        if feed is None:
            raise BadCall(f"no such list; there are {', '.join(tube.lists)}", 404)
        feed.removed, feed.duplicated = set(_ids(body, "remove")), set(_ids(body, "duplicate"))
        feed.broken, feed.empty = bool(body.get("broken")), bool(body.get("empty"))
        feed.reversed = bool(body.get("reversed"))
        new = tube.add_to(feed, min(1_000, whole(body, "add")))
        return done(added=[each.id for each in new], entries=_entries(feed))

    async def evil(self, request: Request) -> Response:
        """Addresses that a downloader must refuse or survive."""
        base = base_url(request)
        items = [{"title": "names", "url": f"{base}/video/playlist/evil"}]
        items += [{"title": name, "url": f"{base}/video/redirect/{name}"} for name in REDIRECTS]
        traps = [f"{way}/{name}" for way in WAYS for name in REDIRECTS]
        items += [{"title": trap, "url": f"{base}/video/trap/{trap}"} for trap in traps]
        return json_reply({"items": items})


def _entries(feed: VideoList) -> int:
    return len(feed.shown())


def _ids(body: dict[str, Any], name: str) -> list[str]:
    ids = body.get(name, [])
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise BadCall(f"{name} must be a list of video ids")
    return ids
