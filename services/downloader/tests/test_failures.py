"""Sorting what went wrong, by the texts and facts yt-dlp reports."""

import errno
from datetime import timedelta

import pytest

from medianest_downloader.domain import failures
from medianest_downloader.domain.failures import (
    Course,
    Reason,
    Trouble,
    classify,
    entry_problem,
    last_words,
    next_delay,
)

_TEXTS = [
    ("ERROR: [youtube] captchaDRM1: Video unavailable", failures.REMOVED),
    ("ERROR: Unsupported URL: https://youtu.be/x?captcha=1", failures.UNSUPPORTED),
    ("ERROR: [youtube] x: Private video. Sign in if you've been granted access to this video", failures.PRIVATE),
    ("ERROR: [youtube] x: Video unavailable. This video is no longer available", failures.REMOVED),
    ("ERROR: [youtube] x: This video has been removed by the uploader", failures.REMOVED),
    ("... because the YouTube account associated with this video has been terminated.", failures.REMOVED),
    ("Join this channel to get access to members-only content like this video", failures.MEMBERS),
    ("This video requires payment to watch", failures.MEMBERS),
    ("Sign in to confirm your age. This video may be inappropriate for some users.", failures.AGE),
    ("Sign in to confirm you're not a bot. Use --cookies-from-browser", failures.FLAGGED),
    ("Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser", failures.FLAGGED),
    ("This content isn't available, try again later.", failures.RATE_LIMITED),
    ("This content isn\u2019t available, try again later.", failures.RATE_LIMITED),
    ("Unable to download API page: HTTP Error 429: Too Many Requests", failures.TOO_MANY),
    ("The uploader has not made this video available in your country", failures.GEO),
    ("The uploader has blocked it in your country on copyright grounds", failures.GEO),
    ("Premieres in 3 hours", failures.UPCOMING),
    ("This live event will begin in 2 days.", failures.UPCOMING),
    ("Requested format is not available. Use --list-formats", failures.NO_FORMAT),
    ("Only images are available for download", failures.NO_FORMAT),
    ("This video is DRM protected", failures.DRM),
    ("Failed to resolve 'www.youtube.com' ([Errno -3] Temporary failure in name resolution)", failures.NETWORK),
    ("1024 bytes read, 2048 more expected", failures.CUT_SHORT),
    ("Unsupported URL: https://example.org/", failures.UNSUPPORTED),
    ("'x' is not a valid URL", failures.UNSUPPORTED),
    ("Postprocessing: Error opening input: Invalid data found when processing input", failures.NOT_PLAYABLE),
]


class TestClassify:
    @pytest.mark.parametrize(("text", "reason"), _TEXTS)
    def test_reads_the_reason_in_the_text(self, text: str, reason: Reason) -> None:
        assert classify(Trouble("ExtractorError", text)) is reason

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (403, failures.FORBIDDEN),
            (404, failures.NOT_FOUND),
            (410, failures.NOT_FOUND),
            (429, failures.TOO_MANY),
            (451, failures.GEO),
            (500, failures.SITE_TROUBLE),
            (503, failures.SITE_TROUBLE),
        ],
    )
    def test_reads_the_http_status(self, status: int, reason: Reason) -> None:
        assert classify(Trouble("HTTPError", f"HTTP Error {status}", status=status)) is reason

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
    def test_a_full_disk_stops_everybody(self, number: int) -> None:
        assert classify(Trouble("OSError", "write failed", errno=number)).course is Course.LANE

    def test_a_refused_address_is_final_whatever_the_text_says(self) -> None:
        trouble = Trouble("TransportError", "HTTP Error 500; address not allowed: 10.0.0.1", status=500, blocked=True)
        assert classify(trouble) is failures.REFUSED_ADDRESS

    def test_falls_back_on_the_error_and_then_on_a_few_more_tries(self) -> None:
        assert classify(Trouble("PostProcessingError", "ffmpeg said no")) is failures.CONVERSION
        assert classify(Trouble("KeyError", "'x'")) is failures.UNKNOWN

    def test_every_reason_has_words_for_a_person(self) -> None:
        assert len(failures.REASONS) > 25
        assert all(reason.words.endswith(".") and len(reason.words) > 20 for reason in failures.REASONS.values())


class TestLastWords:
    def test_promise_no_more_tries_and_say_what_can_be_done(self) -> None:
        for reason in failures.REASONS.values():
            words = last_words(reason)
            if reason.course is Course.PERMANENT:
                assert words == reason.words
            else:
                assert "by itself" not in words
                assert " is tried" not in words
                assert words.endswith("you can try it again.")
        assert last_words(failures.NO_FORMAT).startswith(
            "The video site offered no format that can be fetched. An update may be needed. It was tried"
        )


class TestNextDelay:
    def test_grows_and_is_bounded(self) -> None:
        first = timedelta(seconds=30)
        waits = [next_delay(failures.NETWORK, tries, first) for tries in range(1, 13)]
        assert waits[:3] == [first, first * 2, first * 4]
        assert waits[10] == timedelta(hours=1)
        assert waits[11] is None

    def test_a_permanent_failure_is_not_tried_again(self) -> None:
        assert next_delay(failures.PRIVATE, 1, timedelta(seconds=1)) is None

    def test_a_slowed_lane_waits_at_least_its_time(self) -> None:
        assert next_delay(failures.TOO_MANY, 1, timedelta(seconds=1)) == timedelta(minutes=15)


class TestEntryProblem:
    @pytest.mark.parametrize(("title", "reason"), [("[Private video]", failures.PRIVATE), ("Bread", None)])
    def test_knows_what_a_listing_says_of_videos_nobody_can_have(self, title: str, reason: Reason | None) -> None:
        assert entry_problem(title) is reason
