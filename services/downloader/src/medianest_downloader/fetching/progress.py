"""yt-dlp's hooks as lines of progress, in the child."""

import time
from typing import Any

from medianest_downloader.fetching.channel import Channel
from medianest_downloader.fetching.processing import BEFORE

_BETWEEN = 0.5  # seconds between two signs of progress


class TooLarge(Exception):
    """More came than was allowed."""


class Progress:
    """yt-dlp's hooks, one run per format, as one line of progress."""

    def __init__(self, channel: Channel, max_bytes: int) -> None:
        self._channel = channel
        self._max_bytes = max_bytes
        self._sizes: list[int | None] = [None]
        self._finished = 0
        self._finished_bytes = 0
        self._last = 0.0
        self._phase = ""

    def expect(self, info: dict[str, Any]) -> None:
        """Learn the formats that will come, with their sizes where known."""
        parts = info.get("requested_formats") or [info]
        self._sizes = [part.get("filesize") or part.get("filesize_approx") for part in parts]

    def hook(self, status: dict[str, Any]) -> None:
        came = int(status.get("downloaded_bytes") or 0)
        if self._finished_bytes + max(came, status.get("total_bytes") or 0) > self._max_bytes:
            raise TooLarge("more comes than is allowed")
        if status.get("status") == "finished":
            self._finished += 1
            self._finished_bytes += came or int(status.get("total_bytes") or 0)
            return
        self._send(status, came)

    def _send(self, status: dict[str, Any], came: int) -> None:
        phase = self._phase_of(status.get("info_dict") or {})
        now = time.monotonic()
        if phase == self._phase and now - self._last < _BETWEEN:
            return
        self._phase, self._last = phase, now
        here = status.get("total_bytes") or status.get("total_bytes_estimate")
        self._channel.send(
            "progress",
            phase=phase,
            progress=self._fraction(came, here),
            downloaded_bytes=self._finished_bytes + came,
            total_bytes=self._total(here),
            speed=status.get("speed"),
            eta=status.get("eta"),
        )

    def _total(self, here: float | None) -> int | None:
        if len(self._sizes) == 1:
            return int(here) if here else None
        return int(sum(size or 0 for size in self._sizes)) if all(self._sizes) else None

    def _fraction(self, came: int, here: float | None) -> float | None:
        total = self._total(here)
        if total:
            return min(1.0, (self._finished_bytes + came) / total)
        if here:
            return min(1.0, (self._finished + came / here) / max(1, len(self._sizes)))
        return None

    def _phase_of(self, info: dict[str, Any]) -> str:
        if len(self._sizes) > 1 and info.get("vcodec") == "none":
            return "audio"
        return "video"

    def processing(self, status: dict[str, Any]) -> None:
        if status.get("status") == "started" and status.get("postprocessor") not in BEFORE:
            self.phase("merging" if status.get("postprocessor") == "Merger" else "finishing")

    def phase(self, name: str) -> None:
        if name != self._phase:
            self._phase = name
            progress = 1.0 if name in ("merging", "finishing") else None
            self._channel.send("progress", phase=name, progress=progress)
