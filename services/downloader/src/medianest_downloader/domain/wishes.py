"""What is asked of one video, and words for what of it could not be had."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    preset: str
    subtitles: tuple[str, ...] = ()
    sponsorblock: tuple[str, ...] = ()

    @property
    def cuts(self) -> str:
        """What tells files apart from which different parts were cut out."""
        return ",".join(sorted(self.sponsorblock))


def note(wish: Wish, *, found: Collection[str], looked_for: Collection[str], cut: bool) -> str | None:
    """For the owner of the file; None when every wish came true."""
    absent = [language for language in wish.subtitles if language in looked_for and language not in found]
    failed = [language for language in wish.subtitles if language not in looked_for]
    parts = [
        f"There are no subtitles in {', '.join(absent)}." if absent else "",
        f"The subtitles in {', '.join(failed)} could not be fetched." if failed else "",
        "Nothing was cut out: SponsorBlock did not do its part." if wish.sponsorblock and not cut else "",
    ]
    return " ".join(part for part in parts if part)[:300] or None
