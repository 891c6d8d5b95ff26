"""The rules, without anything around them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_common.contracts.requests import MediaType
from medianest_common.contracts.requests import RequestStatus as Status
from medianest_requests.domain.allowed import Viewer, allowed_steps
from medianest_requests.domain.overseerr import (
    Media,
    MediaAvailability,
    RequestThere,
    There,
    media,
    steps_towards,
    there,
)
from medianest_requests.domain.pictures import is_tmdb_name, tmdb_size, width_for
from medianest_requests.domain.quotas import Use, limit_of, quota_of
from medianest_requests.domain.steps import Step, next_status
from medianest_requests.domain.titles import (
    Asked,
    Season,
    Title,
    merged_availability,
    open_seasons,
    refusal,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def found(status: There, state: Media = Media.PROCESSING, **more: object) -> RequestThere:
    known: dict[str, object] = {"id": 1, "media_type": MediaType.MOVIE, "tmdb_id": 603, "is_4k": False}
    return RequestThere(**known | {"status": status, "media": state} | more)  # type: ignore[arg-type]


def arrive(status: Status, steps: list[Step]) -> Status:
    for step in steps:
        status = next_status(status, step) or status
    return status


class TestSteps:
    def test_the_whole_way_of_a_request_leads_to_plex(self) -> None:
        way = [Step.APPROVE, Step.SUBMIT, Step.FETCH, Step.ARRIVE_PARTLY, Step.FETCH, Step.ARRIVE_PARTLY, Step.ARRIVE]
        assert arrive(Status.PENDING, way) is Status.AVAILABLE

    @pytest.mark.parametrize("status", [Status.DECLINED, Status.CANCELLED, Status.REMOVED])
    @given(step=st.sampled_from(Step))
    def test_nothing_leads_out_of_an_end(self, status: Status, step: Step) -> None:
        assert next_status(status, step) is None

    def test_only_a_pending_request_can_be_cancelled(self) -> None:
        assert [status for status in Status if next_status(status, Step.CANCEL)] == [Status.PENDING]

    def test_a_failed_one_is_tried_again_from_approved(self) -> None:
        assert next_status(Status.FAILED, Step.RETRY) is Status.APPROVED


class TestFollowingOverseerr:
    @pytest.mark.parametrize(
        ("status", "theirs", "state", "expected"),
        [
            (Status.SUBMITTED, There.APPROVED, Media.PROCESSING, Status.PROCESSING),
            (Status.SUBMITTED, There.COMPLETED, Media.AVAILABLE, Status.AVAILABLE),
            (Status.SUBMITTED, There.APPROVED, Media.AVAILABLE, Status.AVAILABLE),
            (Status.PROCESSING, There.APPROVED, Media.PARTIALLY_AVAILABLE, Status.PARTIALLY_AVAILABLE),
            (Status.PARTIALLY_AVAILABLE, There.APPROVED, Media.PROCESSING, Status.PROCESSING),
            (Status.PROCESSING, There.DECLINED, Media.UNKNOWN, Status.DECLINED),
            (Status.PROCESSING, There.FAILED, Media.UNKNOWN, Status.FAILED),
            (Status.AVAILABLE, There.COMPLETED, Media.DELETED, Status.REMOVED),
            (Status.AVAILABLE, There.FAILED, Media.AVAILABLE, Status.AVAILABLE),
            (Status.SUBMITTED, There.PENDING, Media.PENDING, Status.SUBMITTED),
            (Status.APPROVED, There.PENDING, Media.PENDING, Status.SUBMITTED),
            (Status.PENDING, There.APPROVED, Media.PROCESSING, Status.PROCESSING),
            (Status.PENDING, There.DECLINED, Media.UNKNOWN, Status.DECLINED),
            (Status.APPROVED, There.FAILED, Media.UNKNOWN, Status.APPROVED),
            (Status.PROCESSING, There.UNKNOWN, Media.AVAILABLE, Status.PROCESSING),
            (Status.PROCESSING, There.APPROVED, Media.UNKNOWN, Status.PROCESSING),
        ],
    )
    def test_ours_comes_to_where_theirs_is(self, status: Status, theirs: There, state: Media, expected: Status) -> None:
        assert arrive(status, steps_towards(status, found(theirs, state), ())) is expected

    def test_numbers_of_a_newer_version_change_nothing(self) -> None:
        assert (there(17), media(17), media(None), media("5")) == (There.UNKNOWN, *[Media.UNKNOWN] * 3)
        assert steps_towards(Status.PROCESSING, found(there(17), media(17)), ()) == []

    @given(st.sampled_from(Status), st.sampled_from(There), st.sampled_from(Media))
    def test_following_twice_is_following_once(self, status: Status, theirs: There, state: Media) -> None:
        once = arrive(status, steps_towards(status, found(theirs, state), ()))
        assert arrive(once, steps_towards(once, found(theirs, state), ())) is once

    def test_a_series_has_come_when_the_seasons_asked_for_have(self) -> None:
        seasons = {1: Media.AVAILABLE, 2: Media.AVAILABLE, 3: Media.PROCESSING}
        request = found(There.APPROVED, Media.PARTIALLY_AVAILABLE, media_type=MediaType.TV, season_media=seasons)
        assert request.progress((1, 2)) is Media.AVAILABLE
        assert request.progress((2, 3)) is Media.PARTIALLY_AVAILABLE
        assert request.progress((3,)) is Media.PROCESSING
        assert request.progress((3, 4)) is Media.PARTIALLY_AVAILABLE  # of season 4 it says nothing: the whole counts


class TestQuota:
    def test_a_use_leaves_the_window_one_window_later(self) -> None:
        quota = quota_of([Use(NOW, 2), Use(NOW - timedelta(days=3), 1)], 3, timedelta(days=7))
        assert (quota.used, quota.limit, quota.resets_at) == (3, 3, NOW + timedelta(days=4))
        assert quota.leaves(0)
        assert not quota.leaves(1)

    def test_zero_means_no_limit_and_none_the_default(self) -> None:
        assert (limit_of(None, 5), limit_of(0, 5), limit_of(2, 5), limit_of(None, 0)) == (5, None, 2, None)


class TestAllowed:
    def test_an_owner_cancels_and_does_not_approve(self) -> None:
        allowed = allowed_steps(Status.PENDING, Viewer(owns=True, decides=False))
        assert allowed["cancel"] == {"ok": True}
        assert allowed["approve"] == {"ok": False, "because": "The server's owner decides."}

    @given(st.sampled_from(Status), st.booleans(), st.booleans())
    def test_every_refusal_says_why(self, status: Status, owns: bool, decides: bool) -> None:
        for verdict in allowed_steps(status, Viewer(owns, decides)).values():
            assert verdict["ok"] or verdict["because"]  # type: ignore[index]


def title(kind: MediaType = MediaType.MOVIE, **more: object) -> Title:
    return Title(kind, 603, "The Matrix", 1999, "", None, None, None, **more)  # type: ignore[arg-type]


def asked(status: Status = Status.PENDING, seasons: tuple[int, ...] = (), **more: object) -> Asked:
    known = {"id": uuid4(), "user_id": uuid4(), "status": status, "is_4k": False, "seasons": seasons, "created_at": NOW}
    return Asked(**known | more)  # type: ignore[arg-type]


class TestTitles:
    def test_what_was_asked_for_here_shows_even_before_overseerr_knows(self) -> None:
        assert merged_availability(title(), [asked()]) is MediaAvailability.REQUESTED
        assert merged_availability(title(status=Media.AVAILABLE), [asked()]) is MediaAvailability.AVAILABLE

    def test_one_season_in_plex_does_not_make_a_series_available(self) -> None:
        ours = [asked(Status.AVAILABLE, (1,))]
        assert merged_availability(title(MediaType.TV), ours) is MediaAvailability.PARTIALLY_AVAILABLE

    def test_a_film_asked_for_in_4k_can_be_asked_for_as_usual(self) -> None:
        assert refusal(title(), [asked(is_4k=True)], uuid4()) is None
        assert refusal(title(), [asked()], uuid4()) == "Somebody asked for it already."

    def test_open_seasons_leave_out_specials_and_what_is_taken(self) -> None:
        seasons = tuple(
            Season(n, f"Season {n}", 10, None, Media.AVAILABLE if n == 1 else Media.UNKNOWN) for n in range(5)
        )
        series = title(MediaType.TV, seasons=seasons)
        assert open_seasons(series, [asked(seasons=(2,))], is_4k=False) == (3, 4)
        assert open_seasons(series, [asked(seasons=())], is_4k=False) == ()

    @pytest.mark.parametrize("name", ["../x.jpg", "a/b.jpg", "x", "http:x.jpg", ".jpg", "a.svg", "a.jpg\n", "%2e.jpg"])
    def test_no_other_name_than_a_pictures_is_one(self, name: str) -> None:
        assert not is_tmdb_name(name)

    @given(st.integers(1, 3000))
    def test_every_width_has_a_source(self, width: int) -> None:
        for kind in ("poster", "backdrop"):
            assert tmdb_size(kind, width_for(width))
