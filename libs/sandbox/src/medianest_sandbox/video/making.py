"""Makes small real videos with ffmpeg when they are first asked for, one at a time, and keeps them."""

import asyncio
import contextlib
import importlib
import importlib.util
import os
import shutil
from pathlib import Path

from medianest_sandbox import posters
from medianest_sandbox.video.tube import Video

_MAKE_SECONDS = 120.0
_SIZE = (640, 360)
_SEGMENT_SECONDS = 1


class CannotMake(RuntimeError):
    """There is no ffmpeg, or it failed; the text says which."""


def find_ffmpeg() -> str | None:
    """The ffmpeg of MEDIANEST_FFMPEG, else of the path, else of the wheel imageio-ffmpeg."""
    named = os.environ.get("MEDIANEST_FFMPEG") or shutil.which("ffmpeg")
    if named or importlib.util.find_spec("imageio_ffmpeg") is None:
        return named
    wheel = importlib.import_module("imageio_ffmpeg")
    with contextlib.suppress(RuntimeError):
        return str(wheel.get_ffmpeg_exe())
    return None


class VideoMaker:
    """Files by reel, in a folder that may be emptied at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "videos"
        self._one_at_a_time = asyncio.Lock()

    async def file(self, video: Video) -> Path:
        """The MP4 file of this video; raises CannotMake."""
        path = self._folder / f"{video.reel}.mp4"
        if path.is_file():
            return path
        async with self._one_at_a_time:
            if not path.is_file():
                await self._make(video, path)
        return path

    async def segments(self, video: Video) -> Path:
        """A folder with the video cut for HLS: `index.m3u8` and its segments; raises CannotMake."""
        source, folder = await self.file(video), self._folder / f"{video.reel}-hls"
        if (folder / "index.m3u8").is_file():
            return folder
        async with self._one_at_a_time:
            folder.mkdir(parents=True, exist_ok=True)
            await _run(
                "-i", str(source), "-c", "copy", "-f", "hls", "-hls_time", str(_SEGMENT_SECONDS),
                "-hls_playlist_type", "vod", "-hls_segment_filename", str(folder / "part%d.ts"),
                str(folder / "index.m3u8"),
            )  # fmt: skip
        return folder

    async def _make(self, video: Video, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        card, half_made = path.with_suffix(".jpg"), path.with_suffix(".making")
        picture = await asyncio.to_thread(posters.backdrop, video.title[:60], width=_SIZE[0], height=_SIZE[1])
        card.write_bytes(picture)
        tone = 220 * 2 ** ((int.from_bytes(video.reel.encode()[-2:]) % 24) / 12)
        try:
            await _run(
                "-loop", "1", "-framerate", "25", "-i", str(card),
                "-f", "lavfi", "-i", "color=c=white:s=90x6:r=25",
                "-f", "lavfi", "-i", f"sine=frequency={tone:.2f}:sample_rate=44100",
                "-filter_complex", "[0:v]noise=alls=16:allf=t[grain];"
                "[grain][1:v]overlay=x='mod(t*170,W)':y=H-22:shortest=0,format=yuv420p[v]",
                "-map", "[v]", "-map", "2:a", "-t", str(video.seconds),
                "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-b:v", "700k", "-maxrate", "750k",
                "-bufsize", "750k", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-f", "mp4",
                str(half_made),
            )  # fmt: skip
            half_made.replace(path)
        finally:
            half_made.unlink(missing_ok=True)
            card.unlink(missing_ok=True)


async def _run(*arguments: str) -> None:
    ffmpeg = find_ffmpeg()
    if ffmpeg is None:
        raise CannotMake("no ffmpeg: set MEDIANEST_FFMPEG, put it on the path, or install imageio-ffmpeg")
    process = await asyncio.create_subprocess_exec(
        ffmpeg, "-nostdin", "-loglevel", "error", "-y", "-threads", "1", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, said = await asyncio.wait_for(process.communicate(), _MAKE_SECONDS)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    if process.returncode:
        raise CannotMake(f"ffmpeg ended with {process.returncode}: {said.decode('utf-8', 'replace')[-300:]}")
