"""Looking at a fetched file with ffprobe and ffmpeg, in the child: is it whole, and what does it look like?

Both read nothing but local files (`-protocol_whitelist file`): a playlist that poses as a video leads nowhere.
"""

import base64
import json
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROBE_SECONDS = 60
_TAIL_SECONDS = 120
_TAIL = 2  # seconds of film that are decoded
_TAIL_SHORTER = 1.0  # sound and picture rarely end together
_OUT_TIME = re.compile(r"^out_time_us=(\d+)$", re.MULTILINE)
_SHORTER = 0.9  # of the announced length; broken files miss far more
_ROUNDED = 1.0  # seconds: sites say whole ones
_POSTER_WIDTH = 1280
_COVER_WIDTH = 500  # as a comment it has to fit into an argument of ffmpeg's, 128 KiB
_LOCAL = ("-protocol_whitelist", "file,crypto,data")


class NotPlayable(Exception):
    """The text says what ffmpeg said."""


@dataclass(frozen=True)
class Tools:
    """A folder with `ffmpeg` and `ffprobe`."""

    folder: Path

    def _run(self, program: str, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / program), *arguments]
        return subprocess.run(  # noqa: S603 - our program, our arguments, paths of our own making
            command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def check(self, path: Path, *, expected: float | None, sound: bool) -> float:
        """Its length in seconds; raises NotPlayable when it is not whole."""
        done = self._run(
            "ffprobe", "-v", "error", *_LOCAL, "-show_entries", "format=duration:stream=codec_type:stream_disposition=",
            "-of", "json", str(path), timeout=_PROBE_SECONDS,
        )  # fmt: skip
        if done.returncode != 0:
            raise NotPlayable(done.stderr[-300:])
        probed = json.loads(done.stdout)
        kinds = {stream.get("codec_type") for stream in probed.get("streams", ())}
        duration = float(probed.get("format", {}).get("duration") or 0)
        if duration <= 0 or ("audio" if sound else "video") not in kinds:
            raise NotPlayable("no picture or sound in it")
        if expected and duration < expected * _SHORTER - _ROUNDED:
            raise NotPlayable(f"{duration:.0f} of {expected:.0f} seconds")
        self._decode_end(path, duration)
        return duration

    def _decode_end(self, path: Path, duration: float) -> None:
        """A file cut short shows it at its end, be it that nothing is there; its header still promises everything."""
        done = self._run(
            "ffmpeg", "-v", "error", "-nostats", "-progress", "pipe:1", *_LOCAL, "-sseof", f"-{_TAIL}", "-i", str(path),
            "-map", "0:v:0?", "-map", "0:a:0?", "-f", "null", "-", timeout=_TAIL_SECONDS,
        )  # fmt: skip
        if done.returncode != 0 or any(word in done.stderr for word in ("partial file", "Invalid NAL", "moov atom")):
            raise NotPlayable(done.stderr[-300:])
        decoded = _OUT_TIME.findall(done.stdout)
        if not decoded or int(decoded[-1]) < (min(_TAIL, duration) - _TAIL_SHORTER) * 1_000_000:
            raise NotPlayable("its end is missing")

    def poster(self, source: Path | None, video: Path, target: Path, *, at: float) -> bool:
        """A JPEG of the site's picture, else of a moment of the video; False when neither works."""
        if source is not None and self._still(source, target):
            return True
        return self._still(video, target, "-ss", f"{at:.2f}")

    def _still(self, source: Path, target: Path, *before: str, width: int = _POSTER_WIDTH) -> bool:
        return self._made(
            target, *before, "-i", str(source), "-frames:v", "1", "-vf", f"scale='min({width},iw)':-2", "-q:v", "3",
            "-f", "image2", "-update", "1",
        )  # fmt: skip

    def subtitle(self, source: Path, target: Path) -> bool:
        """Any kind of subtitles as SRT; False when there is nothing to read in them."""
        return self._made(target, "-i", str(source), "-map", "0:s:0", "-c:s", "srt", "-f", "srt")

    def cover(self, picture: Path, sound: Path) -> bool:
        """Put a small picture into a file of sound; False, and the file as it was, when that is not possible."""
        small, made = sound.with_name("cover.jpg"), sound.with_name(f"covered{sound.suffix}")
        if not self._still(picture, small, width=_COVER_WIDTH):
            return False
        done = self._made(made, "-i", str(sound), *_cover_arguments(small, sound.suffix), "-map_metadata", "0")
        if done:
            made.replace(sound)
        return done

    def _made(self, target: Path, *arguments: str) -> bool:
        command = ("-v", "error", "-y", *_LOCAL, *arguments, str(target))
        try:
            done = self._run("ffmpeg", *command, timeout=_PROBE_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and target.is_file() and target.stat().st_size > 0


def _cover_arguments(picture: Path, kind: str) -> tuple[str, ...]:
    """Ogg has no place for a picture but a comment; the others take it as a stream."""
    if kind == ".opus":
        comment = base64.b64encode(_flac_picture(picture.read_bytes())).decode()
        return ("-map", "0:a", "-c", "copy", "-metadata:s:a", f"METADATA_BLOCK_PICTURE={comment}")
    return (
        "-i", str(picture), "-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v:0", "attached_pic",
        "-metadata:s:v", "title=Cover", "-metadata:s:v", "comment=Cover (front)",
    )  # fmt: skip


def _flac_picture(jpeg: bytes) -> bytes:
    """A front cover as FLAC and Ogg write it (RFC 9639, section 8.8); zeros: look into the picture."""
    kind = b"image/jpeg"
    return struct.pack(">II", 3, len(kind)) + kind + struct.pack(">6I", 0, 0, 0, 0, 0, len(jpeg)) + jpeg
