"""What went wrong with a video, sorted: for good, for now, or for everybody on this way out; with plain words for it.

Most reasons are told by yt-dlp as text alone, so text is matched, lower-cased and with straight apostrophes.
"""

import errno
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Course(StrEnum):
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    LANE = "lane"  # temporary, and nothing else goes out by this way meanwhile


@dataclass(frozen=True)
class Reason:
    """`code` travels in events; `words` tell a person what happened and what can be done."""

    code: str
    course: Course
    words: str
    delay: timedelta | None = None  # the least wait; none: by the number of tries
    most: int = 8  # tries before it is given up


_TO_COME = re.compile(r" (?:It is (?:tried|fetched)|It goes on|Everything waits)[^.]*\.")


def last_words(reason: Reason) -> str:
    """What a person reads once nothing is tried by itself any more."""
    if reason.course is Course.PERMANENT:
        return reason.words
    return f"{_TO_COME.sub('', reason.words)} It was tried several times; you can try it again."


@dataclass(frozen=True)
class Trouble:
    """What a child reports: the innermost exception's name, the HTTP status or errno if there was one, the text."""

    error: str
    text: str = ""
    status: int | None = None
    errno: int | None = None
    blocked: bool = False


def _permanent(code: str, words: str) -> Reason:
    return Reason(code, Course.PERMANENT, words)


def _temporary(code: str, words: str, *, delay: timedelta | None = None, most: int = 8) -> Reason:
    return Reason(code, Course.TEMPORARY, words, delay, most)


PRIVATE = _permanent("private_video", "This video is private. Only its owner can share it.")
REMOVED = _permanent("removed", "This video has been removed or is not available any more.")
MEMBERS = _permanent("members_only", "This video is for paying members of the channel only.")
AGE = _permanent("age_restricted", "This video is age-restricted and cannot be fetched without an account.")
GEO = _permanent("blocked_in_country", "This video is not available in the server's country.")
DRM = _permanent("drm", "This video is protected against copying.")
UNSUPPORTED = _permanent("unsupported", "There is no video at this address that can be fetched.")
NOT_FOUND = _permanent("not_found", "There is nothing at this address any more.")
REFUSED_ADDRESS = _permanent("address_refused", "The address leads to a place that may not be reached from here.")
UNSAFE_FILE = _permanent("unsafe_file", "What came is not a video file. It was thrown away.")
NOT_PLAYABLE = _temporary("not_playable", "The file that came cannot be played. It is fetched again.", most=3)
TOO_LARGE = _permanent(
    "too_large", "The file is larger than what is allowed or left of your storage. Free some, or choose less quality."
)
NO_FILE = _temporary("no_file", "The video site sent no file. It is tried again.", most=3)
LIVE = _permanent("live", "This is a live broadcast. Try again when it is over.")
UPCOMING = _temporary("not_yet", "It has not begun yet. It is tried again later.", delay=timedelta(hours=1), most=48)
CONVERSION = _permanent("conversion_failed", "The video came but could not be converted. Try another quality.")
TOO_LONG = _temporary("too_slow", "It took longer than allowed. It is tried again, from where it stopped.", most=3)
SILENT = _temporary("stalled", "Nothing came any more. It is tried again, from where it stopped.")
CRASHED = _temporary("crashed", "The program that fetches videos broke. It is tried again.", most=4)
OUT_OF_MEMORY = _temporary("out_of_memory", "Fetching it needed more memory than allowed.", most=2)
FORBIDDEN = _temporary("refused", "The video site refused to send the file. It is tried once more.", most=2)
SITE_TROUBLE = _temporary("site_trouble", "The video site has trouble. It is tried again by itself.")
NETWORK = _temporary("network", "The connection to the video site failed. It is tried again by itself.", most=12)
CUT_SHORT = _temporary("cut_short", "The connection broke off. It goes on from where it stopped.", most=12)
NO_FORMAT = _temporary(
    "no_format", "The video site offered no format that can be fetched. An update may be needed.",
    delay=timedelta(hours=6), most=4,
)  # fmt: skip
HELD = _temporary(
    "held", "A worker that stands still has it open. It is tried again by itself.",
    delay=timedelta(seconds=30), most=1000,
)  # fmt: skip
WORKER_LOST = _temporary("worker_lost", "The worker that fetched it went away. It is fetched again.")
UNKNOWN = _temporary("unknown", "It did not work, and why is not clear. It is tried again.", most=4)
TOO_MANY = Reason(
    "too_many_requests", Course.LANE, "The video site asked us to slow down. It goes on by itself.",
    timedelta(minutes=15), 20,
)  # fmt: skip
RATE_LIMITED = Reason(
    "session_limited", Course.LANE, "The video site has had enough of us for now. It goes on by itself.",
    timedelta(hours=1), 20,
)  # fmt: skip
FLAGGED = Reason(
    "flagged", Course.LANE, "The video site takes this server for a robot. Everything waits and goes on by itself.",
    timedelta(hours=4), 20,
)  # fmt: skip
DISK_FULL = Reason(
    "disk_full", Course.LANE, "The server's disk is full. It goes on when there is space.", timedelta(minutes=10), 200
)

REASONS = {reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)}

_TEXTS: tuple[tuple[tuple[str, ...], Reason], ...] = (
    (("confirm you're not a bot", "confirm that you're not a bot"), FLAGGED),
    (("http error 429", "too many requests", "captcha"), TOO_MANY),
    (("content isn't available, try again later",), RATE_LIMITED),
    (("members-only", "join this channel", "requires payment", "available to this channel's members"), MEMBERS),
    (("confirm your age", "age-restricted", "inappropriate for some users"), AGE),
    (("available in your country", "blocked it in your country", "geo restriction", "geo-restricted"), GEO),
    (("premieres in", "will begin", "has not started", "is not currently live", "live event has ended"), UPCOMING),
    (("private video", "video is private"), PRIVATE),
    (("video unavailable", "has been removed", "no longer available", "deleted video", "been terminated"), REMOVED),
    (("no connection adapters were found", "unsupported url scheme", "redirection to url"), REFUSED_ADDRESS),
    (("is not a valid url", "unsupported url", "no suitable extractor", "no video formats found"), UNSUPPORTED),
    (("requested format is not available", "only images are available"), NO_FORMAT),
    (("drm",), DRM),
    (("failed to resolve", "name resolution", "name or service not known", "timed out", "time-out"), NETWORK),
    (("bytes read", "more expected", "incompleteread", "did not get any data blocks"), CUT_SHORT),
    (("invalid data found when processing input", "moov atom not found"), NOT_PLAYABLE),
    (("unsafe file extension", "extension is unusual"), UNSAFE_FILE),
)

_ERRORS = {
    "UnsupportedError": UNSUPPORTED,
    "NoSupportingHandlers": UNSUPPORTED,
    "UnsafeExtension": UNSAFE_FILE,
    "_UnsafeExtensionError": UNSAFE_FILE,
    "GeoRestrictedError": GEO,
    "UserNotLive": UPCOMING,
    "LiveBroadcast": LIVE,
    "NotPlayable": NOT_PLAYABLE,
    "NoFile": NO_FILE,
    "FolderHeld": HELD,
    "TooLarge": TOO_LARGE,
    "MemoryError": OUT_OF_MEMORY,
    "PostProcessingError": CONVERSION,
    "FFmpegPostProcessorError": CONVERSION,
    "FFmpegRefused": UNSUPPORTED,
    "IncompleteRead": CUT_SHORT,
    "TransportError": NETWORK,
    "SSLError": NETWORK,
    "CertificateVerifyError": NETWORK,
    "ProxyError": NETWORK,
    "TimeoutError": NETWORK,
    "ConnectionResetError": NETWORK,
    "ConnectionRefusedError": NETWORK,
}
_ERRNOS = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: DISK_FULL,
    errno.EFBIG: TOO_LARGE,
    errno.ENOMEM: OUT_OF_MEMORY,
}
_STATUSES = {403: FORBIDDEN, 404: NOT_FOUND, 408: NETWORK, 410: NOT_FOUND, 429: TOO_MANY, 451: GEO}


_ECHO = re.compile(r"\[[\w:.+-]+\] \S+:|\w+://\S+")  # a video's id and addresses: a stranger's words, not the site's


def classify(trouble: Trouble) -> Reason:
    """The reason of a failure; what nobody knows is tried a few times."""
    if trouble.blocked:
        return REFUSED_ADDRESS
    return _by_fact(trouble) or _by_text(trouble.text) or _ERRORS.get(trouble.error, UNKNOWN)


def _by_fact(trouble: Trouble) -> Reason | None:
    if trouble.errno in _ERRNOS:
        return _ERRNOS[trouble.errno]
    if trouble.status is None:
        return None
    if trouble.status >= 500:
        return SITE_TROUBLE
    if 300 <= trouble.status < 400:  # left over when it could not be followed: another protocol, or in a circle
        return REFUSED_ADDRESS
    return _STATUSES.get(trouble.status)


def _by_text(text: str) -> Reason | None:
    plain = _ECHO.sub(" ", text.lower()).replace("\u2019", "'").replace("\u02bc", "'")
    for parts, reason in _TEXTS:
        if any(part in plain for part in parts):
            return reason
    return None


def entry_problem(title: str) -> Reason | None:
    """YouTube lists what cannot be had under these titles."""
    return {"[private video]": PRIVATE, "[deleted video]": REMOVED}.get(title.strip().lower())


_LONGEST_DELAY = timedelta(hours=1)


def next_delay(reason: Reason, tries: int, first: timedelta) -> timedelta | None:
    """How long to wait after the given number of failed tries; None when that was the last."""
    if reason.course is Course.PERMANENT or tries >= reason.most:
        return None
    growing: timedelta = min(first * 2 ** min(tries - 1, 20), _LONGEST_DELAY)
    return max(growing, reason.delay or timedelta(0))
