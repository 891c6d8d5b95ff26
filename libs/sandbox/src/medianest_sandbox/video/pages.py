"""The site's pages and feeds."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from starlette.responses import HTMLResponse, Response

from medianest_sandbox.look import page
from medianest_sandbox.video.tube import LANGUAGES, Tube, Video, VideoList

_FIRST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_COPY = """
const said = document.getElementById("said");
for (const each of document.querySelectorAll("button")) each.addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(each.dataset.url); said.textContent = "Copied: " + each.dataset.url; }
  catch { said.textContent = "Copy this: " + each.dataset.url; }
});
"""
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def front(tube: Tube, base: str) -> HTMLResponse:
    """What a person sees who opens the site: cards that give away their address."""
    lists = "".join(
        _card(f"{base}/video/playlist/{each.slug}", each.videos[0].id, each.title, f"{len(each.shown())} videos", base)
        for each in tube.lists.values()
        if each.kind != "evil"
    )
    singles = "".join(
        _card(f"{base}/video/watch/{each.id}", each.id, each.title, f"{each.seconds} seconds", base)
        for each in tube.singles
    )
    body = (
        '<span class="badge">Sandbox video site</span><h1>Small films</h1><p>Choose a video or a list to copy its '
        'address, then paste it into MediaNest.</p><div id="said" role="status"></div>'
        f'<h2>Lists</h2><div class="shelf">{lists}</div><h2>Videos</h2><div class="shelf">{singles}</div>'
    )
    return page("Small films", f"{body}<script>{_COPY}</script>", wide=True)


def _card(url: str, picture: str, title: str, about: str, base: str) -> str:
    return (
        f'<button type="button" data-url="{url}"><img alt="" width="640" height="360" '
        f'src="{base}/video/thumb/{picture}.jpg">{escape(title)}<small>{about}<br>{url}</small></button>'
    )


def watch(video: Video, base: str) -> HTMLResponse:
    """A video's page; what downloaders read stands in its JSON-LD, or in a player with subtitles."""
    if video.subtitled:
        return _player(video, base)
    media = f"{base}/video/{f'hls/{video.id}/master.m3u8' if video.segmented else f'file/{video.id}.mp4'}"
    return with_media(video, base, media, f"{base}/video/thumb/{video.id}.jpg")


def with_media(video: Video, base: str, media: str, picture: str) -> HTMLResponse:
    """A video's page with its media and its picture at these addresses."""
    facts = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": escape(video.title),
        "description": escape(video.description),
        "thumbnailUrl": [picture],
        "uploadDate": published(video).isoformat(),
        "duration": f"PT{video.seconds}S",
        "contentUrl": media,
        "encodingFormat": "application/vnd.apple.mpegurl" if media.endswith(".m3u8") else "video/mp4",
        "author": {"@type": "Person", "name": video.channel},
        "width": 640,
        "height": 360,
    }
    script = json.dumps(facts).replace("</", "<\\/")
    body = (
        f'<script type="application/ld+json">{script}</script><div class="card"><h1>{escape(video.title[:300])}</h1>'
        f"<p>{escape(video.channel)} · {video.seconds} seconds</p>"
        f'<img alt="" style="max-width:100%;border-radius:10px" src="{base}/video/thumb/{video.id}.jpg"></div>'
    )
    return page(video.title, body)


def _player(video: Video, base: str) -> HTMLResponse:
    tracks = "".join(
        f'<track kind="subtitles" srclang="{language}" src="{base}/video/subtitles/{video.id}.{language}.vtt">'
        for language in LANGUAGES
    )
    body = (
        f'<div class="card"><h1>{escape(video.title)}</h1><video controls poster="{base}/video/thumb/{video.id}.jpg">'
        f'<source src="{base}/video/file/{video.id}.mp4" type="video/mp4">{tracks}</video></div>'
    )
    return page(video.title, body)


def subtitles(video: Video, language: str) -> Response:
    """A line a second, as WebVTT."""
    cues = "".join(
        f"\n{second + 1}\n00:00:{second:02}.000 --> 00:00:{second:02}.900\n{language}: second {second + 1}\n"
        for second in range(video.seconds)
    )
    return Response(f"WEBVTT\n{cues}", media_type="text/vtt; charset=utf-8")


def private() -> HTMLResponse:
    """The page of a video that its owner does not share."""
    return page(
        "Private video", '<div class="card"><h1>Private video</h1><p>This video is private.</p></div>', status=403
    )


def feed(videos: VideoList, base: str) -> Response:
    """The list as RSS; each item leads to its video's page."""
    items = "".join(_item(video, base) for video in videos.shown())
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:itunes="{_ITUNES}"><channel>'
        f"<title>{_text(videos.title)}</title><link>{base}/video/playlist/{videos.slug}</link>"
        f"<description>{_text(videos.title)} on the sandbox's video site</description>{items}</channel></rss>\n"
    )
    if videos.broken:
        xml = xml[: len(xml) * 2 // 3]
    return Response(xml, media_type="application/rss+xml; charset=utf-8")


def _item(video: Video, base: str) -> str:
    return (
        f"<item><title>{_text(video.title)}</title><link>{base}/video/watch/{video.id}</link>"
        f'<guid isPermaLink="false">{video.id}</guid><description>{_text(video.description)}</description>'
        f"<pubDate>{format_datetime(published(video))}</pubDate><itunes:duration>{video.seconds}</itunes:duration>"
        f'<itunes:image href="{base}/video/thumb/{video.id}.jpg"/></item>'
    )


def published(video: Video) -> datetime:
    """When the video came out."""
    return _FIRST_DAY + timedelta(days=video.number)


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text))
