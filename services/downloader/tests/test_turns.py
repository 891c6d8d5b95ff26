"""Whose turn it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from medianest_common.ids import uuid7
from medianest_downloader.domain.turns import Candidate, free_slots, next_turn

_NOW = datetime(2026, 11, 23, tzinfo=UTC)


def make_candidate(*, single: bool = False, in_flight: int = 0, minutes_ago: int | None = None) -> Candidate:
    last = None if minutes_ago is None else _NOW - timedelta(minutes=minutes_ago)
    return Candidate(uuid7(), uuid7(), single, in_flight, last)


class TestNextTurn:
    def test_whoever_has_least_under_way_goes_first(self) -> None:
        busy, idle = make_candidate(single=True, in_flight=2), make_candidate(in_flight=1)
        assert next_turn([busy, idle], per_user=10) is idle

    def test_a_single_video_goes_before_a_playlist(self) -> None:
        playlist, single = make_candidate(minutes_ago=60), make_candidate(single=True, minutes_ago=1)
        assert next_turn([playlist, single], per_user=10) is single

    def test_whoever_waited_longest_goes_first(self) -> None:
        recent, never, long_ago = (make_candidate(minutes_ago=minutes) for minutes in (1, None, 9))
        assert next_turn([recent, long_ago], per_user=10) is long_ago
        assert next_turn([recent, long_ago, never], per_user=10) is never

    def test_nobody_gets_more_than_their_limit(self) -> None:
        assert next_turn([make_candidate(in_flight=3)], per_user=3) is None

    @given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 6))
    def test_no_user_waits_while_another_gets_two_more(self, lengths: list[int], slots: int) -> None:
        """However long the playlists: among users who still wait, the numbers handed out differ by one at most."""
        left: dict[UUID, int] = {uuid7(): length for length in lengths}
        given_out = dict.fromkeys(left, 0)
        turn: dict[UUID, datetime] = {}
        flying: list[UUID] = []
        for tick in range(sum(lengths)):
            if len(flying) == slots:
                flying.pop(0)
            waiting = [
                Candidate(uuid7(), user, single=False, in_flight=flying.count(user), last_turn=turn.get(user))
                for user, number in left.items()
                if number
            ]
            chosen = next_turn(waiting, per_user=100)
            assert chosen is not None
            user = chosen.user_id
            left[user] -= 1
            given_out[user] += 1
            turn[user] = _NOW + timedelta(seconds=tick)
            flying.append(user)
            still = [given_out[waiter] for waiter, number in left.items() if number]
            assert not still or max(still) - min(still) <= 1


class TestFreeSlots:
    def test_the_way_out_bounds_what_the_workers_offer(self) -> None:
        assert free_slots([3, 3], limit=3, in_flight=1) == 2

    def test_the_workers_bound_what_the_way_out_allows(self) -> None:
        assert free_slots([1], limit=3, in_flight=0) == 1

    def test_is_never_negative(self) -> None:
        assert free_slots([], limit=3, in_flight=2) == 0
