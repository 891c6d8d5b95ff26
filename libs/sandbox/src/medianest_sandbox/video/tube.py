"""What the site shows: videos and the lists they are in. Ids stay the same for ever."""

import hashlib
from dataclasses import dataclass, field, replace

_SHARED_REELS = 6
_BREAD = ("Flour, water, salt", "The first fold", "Waiting well", "Why the crust cracks", "Rye for beginners")
_HARBOUR = ("How a lighthouse works", "Reading a tide table", "Knots that hold", "The fog horn, explained")
_SINGLES = (
    "Tides explained in four minutes",
    "A paper bridge that holds a book",
    "Repairing a squeaky door",
    "What bees do in winter",
    "The sound of an empty station",
    "Drawing a straight line by hand",
)
_SEGMENTED = "The river, in segments"
_SUBTITLED = "A letter, read aloud"
LANGUAGES = ("en", "pt-BR")
_THINGS = (
    "button", "kettle", "ladder", "compass", "zip", "candle", "hinge", "marble", "teapot", "whistle",
)  # fmt: skip
_WAYS = (
    "The inside of a {}", "How to mend a {}", "A short history of the {}", "Listening to a {}", "Drawing a {}",
    "A {} in slow motion", "The smallest {} in town", "Two minutes with a {}", "Who invented the {}?",
    "One {}, ten uses",
)  # fmt: skip
EVIL_TITLES = (
    "..",
    ".",
    "../../outside",
    "/etc/passwd",
    "a/b\\c",
    "%(id)s %(title)s {{7*7}}",
    "\U0001f9c0" * 400,
    "nul\x00 and bell\x07",
    "right\u202egpj.4pm",
    "<script>alert(1)</script>",
    "CON",
    "x" * 5000,
    "-rf; $(touch here) `id`",
    "line\nbreak\r\nSet-Cookie: a=b",
)


@dataclass(frozen=True)
class Video:
    """One video; several may share a `reel`, the file behind them."""

    id: str
    title: str
    channel: str
    reel: str
    number: int
    segmented: bool = False
    subtitled: bool = False

    @property
    def seconds(self) -> int:
        """The length, which follows from the reel."""
        return 3 + int(hashlib.sha256(self.reel.encode()).hexdigest(), 16) % 3

    @property
    def description(self) -> str:
        """A line under the video."""
        return f"{self.title[:200]}: a small film by {self.channel[:80]}, made for trying things out."


@dataclass
class VideoList:
    """A playlist or a channel; its switches change what the feed shows."""

    slug: str
    title: str
    kind: str
    videos: list[Video]
    broken: bool = False
    empty: bool = False
    reversed: bool = False
    removed: set[str] = field(default_factory=set)
    duplicated: set[str] = field(default_factory=set)
    added: list[Video] = field(default_factory=list)

    def shown(self) -> list[Video]:
        """What is in the feed now."""
        found = [] if self.empty else [each for each in [*self.videos, *self.added] if each.id not in self.removed]
        found += [each for each in found if each.id in self.duplicated]
        return found[::-1] if self.reversed else found


def make_video(title: str, channel: str, number: int, *, reel: str | None = None, segmented: bool = False) -> Video:
    """A video whose id follows from its title and channel."""
    digest = hashlib.sha256(f"{channel}\n{title}\n{number}".encode()).hexdigest()
    return Video(f"v{digest[:10]}", title, channel, reel or digest[:10], number, segmented)


class Tube:
    """All lists and videos by slug and id."""

    def __init__(self) -> None:
        self.lists: dict[str, VideoList] = {}
        self.singles: list[Video] = []
        self._videos: dict[str, Video] = {}
        self.reset()

    def reset(self) -> None:
        """As on the first day."""
        self.lists.clear()
        self._videos.clear()
        self.singles = [make_video(title, "Small Workshop", place) for place, title in enumerate(_SINGLES)]
        self.singles.append(make_video(_SEGMENTED, "Small Workshop", len(_SINGLES), segmented=True))
        letter = make_video(_SUBTITLED, "Small Workshop", len(self.singles))
        self.singles.append(replace(letter, subtitled=True))
        bread = [make_video(title, "Kitchen Table", place) for place, title in enumerate(_BREAD)]
        harbour = [make_video(title, "Harbour Light", place) for place, title in enumerate(_HARBOUR)]
        self._add(VideoList("bread-basics", "Bread basics", "playlist", bread))
        self._add(VideoList("hundred-small-things", "A hundred small things", "playlist", _hundred()))
        self._add(VideoList("harbour-light", "Harbour Light", "channel", harbour))
        self._add(VideoList("evil", "Names that break things", "evil", _evil()))
        self._remember(self.singles)

    def video(self, video_id: str) -> Video | None:
        """The video, or None; whether it is in a list at the moment does not matter."""
        return self._videos.get(video_id)

    def add_to(self, feed: VideoList, count: int) -> list[Video]:
        """Publish new videos in a list."""
        start = len(feed.videos) + len(feed.added)
        reel = feed.videos[0].reel if feed.videos else "shared-0"
        new = [
            make_video(f"{feed.title}, part {start + n + 1}", feed.title, start + n, reel=reel) for n in range(count)
        ]
        feed.added += new
        self._remember(new)
        return new

    def _add(self, feed: VideoList) -> None:
        self.lists[feed.slug] = feed
        self._remember(feed.videos)

    def _remember(self, videos: list[Video]) -> None:
        self._videos |= {video.id: video for video in videos}


def _hundred() -> list[Video]:
    titles = [way.format(thing) for way in _WAYS for thing in _THINGS]
    return [
        make_video(title, "Small Things", place, reel=f"shared-{place % _SHARED_REELS}")
        for place, title in enumerate(titles)
    ]


def _evil() -> list[Video]:
    return [make_video(title, "..", place, reel="shared-0") for place, title in enumerate(EVIL_TITLES)]
