"""What is new, how long to wait, what is dropped."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from medianest_common.contracts.downloads import ItemStatus
from medianest_downloader.domain.failures import FLAGGED, NETWORK, NOT_FOUND
from medianest_downloader.domain.follows import (
    Rule,
    delay_after,
    dropped,
    identity,
    next_check,
    oldest_first,
    sort_out,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    url: str
    extractor: str | None = None
    video_id: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True)
class Item:
    position: int
    status: str = ItemStatus.COMPLETED
    handed_out_at: datetime | None = None
    completed_at: datetime | None = NOW
    created_at: datetime = NOW


def listed(*days: int) -> list[Listed]:
    return [Listed(f"u{day}", published_at=NOW + timedelta(days=day)) for day in days]


def positions(items: list[Item]) -> list[int]:
    return sorted(item.position for item in items)


class TestIdentity:
    def test_is_the_sites_id_whatever_the_address(self) -> None:
        one, other = (
            Listed(url, "youtube", "abc") for url in ("https://youtu.be/abc", "https://youtube.com/shorts/abc")
        )
        assert identity(one) == identity(other)

    def test_is_the_address_where_the_feed_gives_no_id(self) -> None:
        assert identity(Listed("a", None, "1")) == identity(Listed("a")) != identity(Listed("b"))

    def test_tells_sites_apart(self) -> None:
        assert identity(Listed("a", "one", "1")) != identity(Listed("a", "two", "1"))


class TestOrder:
    def test_goes_by_the_dates_where_all_are_known(self) -> None:
        assert oldest_first(listed(3, 1, 2), newest_first=False) == listed(1, 2, 3)

    def test_goes_by_the_list_where_one_is_not(self) -> None:
        entries = [*listed(3, 1), Listed("undated")]
        assert oldest_first(entries, newest_first=False) == entries
        assert oldest_first(entries, newest_first=True) == entries[::-1]


class TestSortOut:
    def test_takes_only_what_came_after(self) -> None:
        entries = [*listed(-1, 1), Listed("undated")]
        assert sort_out(entries, Rule(), since=NOW) == (listed(1), [entries[0], entries[2]])

    def test_takes_everything_when_nothing_was_there_before(self) -> None:
        assert sort_out(listed(-1, 1), Rule(), since=None) == (listed(-1, 1), [])

    def test_takes_no_more_than_would_stay(self) -> None:
        assert sort_out(listed(1, 2, 3), Rule(keep_last=2), since=None) == (listed(2, 3), listed(1))


class TestWaiting:
    def test_varies_by_a_tenth_of_the_time(self) -> None:
        shortest, longest = next_check(10, 0.0), next_check(10, 1.0)
        assert (shortest, longest) == (timedelta(hours=9.5), timedelta(hours=10.5))

    def test_grows_with_each_failure_up_to_a_day(self) -> None:
        delays = [delay_after(NETWORK, tries, every_hours=6) for tries in (1, 2, 3, 99)]
        assert delays == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40), timedelta(days=1)]

    def test_is_as_long_as_the_reason_asks(self) -> None:
        assert delay_after(FLAGGED, 1, every_hours=1) == timedelta(hours=4)

    def test_is_long_when_it_seems_gone_for_good_and_never_for_ever(self) -> None:
        delays = [delay_after(NOT_FOUND, tries, every_hours=6) for tries in (1, 2, 99)]
        assert delays == [timedelta(hours=6), timedelta(hours=12), timedelta(days=7)]


class TestDropping:
    def test_lets_the_oldest_go_when_more_are_there(self) -> None:
        assert positions(dropped([Item(n) for n in (1, 2, 3)], Rule(keep_last=2), NOW)) == [1]

    def test_a_failed_one_makes_nobody_go(self) -> None:
        items = [Item(1), Item(2), Item(3, ItemStatus.FAILED), Item(4, ItemStatus.QUEUED)]
        assert dropped(items, Rule(keep_last=2), NOW) == []

    def test_what_failed_or_waits_behind_goes_along_but_not_what_is_under_way(self) -> None:
        items = [
            Item(1, ItemStatus.FAILED),
            Item(2, ItemStatus.WAITING),
            Item(3, ItemStatus.RUNNING),
            Item(4, ItemStatus.QUEUED, handed_out_at=NOW),
            Item(5),
        ]
        assert positions(dropped(items, Rule(keep_last=1), NOW)) == [1, 2]

    def test_days_let_everything_settled_go(self) -> None:
        old = NOW - timedelta(days=3)
        items = [
            Item(1, completed_at=old),
            Item(2, completed_at=NOW - timedelta(days=2)),
            Item(3, ItemStatus.FAILED, completed_at=None, created_at=old),
            Item(4, ItemStatus.QUEUED, completed_at=None, created_at=old),
        ]
        assert positions(dropped(items, Rule(keep_days=3), NOW)) == [1, 3]

    def test_without_a_rule_everything_stays(self) -> None:
        assert dropped([Item(n, completed_at=NOW - timedelta(days=9999)) for n in range(99)], Rule(), NOW) == []

    @given(st.lists(st.sampled_from(list(ItemStatus)), max_size=30), st.integers(1, 10))
    def test_there_are_never_fewer_than_asked_for_because_of_it(self, statuses: list[ItemStatus], keep: int) -> None:
        items = [Item(place, status) for place, status in enumerate(statuses)]
        gone = dropped(items, Rule(keep_last=keep), NOW)
        there = [item.position for item in items if item.status == ItemStatus.COMPLETED]
        left = [place for place in there if place not in positions(gone)]
        assert left == there[-keep:]
