"""Cutting out what people have marked at SponsorBlock, in the child. A video is never lost for it."""

from typing import Any

from yt_dlp.postprocessor.modify_chapters import ModifyChaptersPP
from yt_dlp.postprocessor.sponsorblock import SponsorBlockPP
from yt_dlp.utils import PostProcessingError

_DEVELOPMENT = {"Generic": "YouTube", "HTML5MediaEmbed": "YouTube"}  # the sandbox's video site

Done = tuple[list[str], dict[str, Any]]


class SegmentsPP(SponsorBlockPP):  # type: ignore[misc]  # yt-dlp has no types
    """Asks for the segments; `reached` when there was an answer, be it that there are none."""

    def __init__(self, ydl: Any, categories: list[str], api: str, *, development: bool) -> None:
        super().__init__(ydl, categories=categories, api=api)
        if development:
            self.EXTRACTORS = SponsorBlockPP.EXTRACTORS | _DEVELOPMENT
        self.reached = False

    def run(self, info: dict[str, Any]) -> Done:
        try:
            done: Done = super().run(info)
        except Exception as error:  # noqa: BLE001 - a stranger's answer may be anything
            self.report_warning(f"SponsorBlock: {str(error)[:300]}")
            return [], info
        self.reached = info.get("extractor_key") in self.EXTRACTORS
        return done


class CutsPP(ModifyChaptersPP):  # type: ignore[misc]  # yt-dlp has no types
    """Cuts the segments out of video and subtitles; where that is not possible they stay whole."""

    def __init__(self, ydl: Any, categories: list[str], segments: SegmentsPP) -> None:
        super().__init__(ydl, remove_sponsor_segments=categories)
        self._segments = segments

    def run(self, info: dict[str, Any]) -> Done:
        before = {name: info[name] for name in ("chapters", "duration") if name in info}
        try:
            done: Done = super().run(info)
        except (PostProcessingError, OSError) as error:
            self.report_warning(f"nothing was cut out: {str(error)[:300]}")
            self._segments.reached = False
            return [], info | before
        return done
