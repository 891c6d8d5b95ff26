"""Looking at a fetched file with ffprobe and ffmpeg, in the child: is it whole, and what does it look like?

Both read nothing but local files (`-protocol_whitelist file`): a playlist that poses as a video leads nowhere.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROBE_SECONDS = 60
_TAIL_SECONDS = 120
_SHORTER = 0.9  # of the announced length; sites round, broken files miss far more
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

    def check(self, path: Path, *, expected: float | None, audio_only: bool) -> float:
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
        if duration <= 0 or ("audio" if audio_only else "video") not in kinds:
            raise NotPlayable("no picture or sound in it")
        if expected and duration < expected * _SHORTER - 2:
            raise NotPlayable(f"{duration:.0f} of {expected:.0f} seconds")
        self._decode_end(path)
        return duration

    def _decode_end(self, path: Path) -> None:
        """A file cut short shows it at its end: its header still promises everything."""
        done = self._run(
            "ffmpeg", "-v", "error", *_LOCAL, "-sseof", "-2", "-i", str(path), "-map", "0:v:0?", "-map", "0:a:0?",
            "-f", "null", "-", timeout=_TAIL_SECONDS,
        )  # fmt: skip
        if done.returncode != 0 or any(word in done.stderr for word in ("partial file", "Invalid NAL", "moov atom")):
            raise NotPlayable(done.stderr[-300:])

    def poster(self, source: Path | None, video: Path, target: Path, *, at: float) -> bool:
        """A JPEG of the site's picture, else of a moment of the video; False when neither works."""
        if source is not None and self._still(source, target):
            return True
        return self._still(video, target, "-ss", f"{at:.2f}")

    def _still(self, source: Path, target: Path, *before: str) -> bool:
        try:
            done = self._run(
                "ffmpeg", "-v", "error", "-y", *_LOCAL, *before, "-i", str(source), "-frames:v", "1",
                "-vf", "scale='min(1280,iw)':-2", "-q:v", "3", "-f", "image2", "-update", "1", str(target),
                timeout=_PROBE_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0 and target.is_file() and target.stat().st_size > 0
