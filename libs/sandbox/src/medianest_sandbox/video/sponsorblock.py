"""SponsorBlock's API, with the parts of videos that were marked through the control API."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

CATEGORIES = (
    "sponsor", "intro", "outro", "selfpromo", "preview", "filler", "interaction", "music_offtopic", "hook",
)  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A marked part; times are seconds."""

    category: str
    start: float
    end: float


@dataclass
class SponsorBlock:
    """Segments by video id; asked by the beginning of the id's hash, so that it never hears what is watched."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)

    def mark(self, video_id: str, segment: Segment) -> None:
        self.segments.setdefault(video_id, []).append(segment)

    def answer(self, prefix: str, categories: str) -> list[dict[str, Any]]:
        """Every video whose hash begins so, with its segments of these categories (a JSON list)."""
        wanted = set(json.loads(categories or '["sponsor"]'))
        found = []
        for video_id, segments in self.segments.items():
            digest = hashlib.sha256(video_id.encode()).hexdigest()
            chosen = [each for each in segments if each.category in wanted]
            if digest.startswith(prefix) and chosen:
                found.append(
                    {"videoID": video_id, "hash": digest, "segments": [_segment(video_id, each) for each in chosen]}
                )
        return found


def _segment(video_id: str, segment: Segment) -> dict[str, Any]:
    words = f"{video_id}{segment.category}{segment.start}"
    return {
        "category": segment.category,
        "actionType": "skip",
        "segment": [segment.start, segment.end],
        "UUID": hashlib.sha256(words.encode()).hexdigest(),
        "videoDuration": 0,
        "locked": 0,
        "votes": 1,
        "description": "",
    }
