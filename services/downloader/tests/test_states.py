"""The state of a download by its items."""

import pytest

from medianest_common.contracts.downloads import DownloadStatus, InPlex, ItemStatus
from medianest_downloader.domain.states import may_cancel, may_pause, may_retry, rolled_up

Q, R, W, C, F, X = (
    ItemStatus.QUEUED,
    ItemStatus.RUNNING,
    ItemStatus.WAITING,
    ItemStatus.COMPLETED,
    ItemStatus.FAILED,
    ItemStatus.CANCELLED,
)


class TestRolledUp:
    @pytest.mark.parametrize(
        ("items", "status"),
        [
            ([Q, Q], DownloadStatus.QUEUED),
            ([R, Q], DownloadStatus.RUNNING),
            ([C, Q], DownloadStatus.RUNNING),
            ([W], DownloadStatus.RUNNING),
            ([C, C], DownloadStatus.COMPLETED),
            ([C, F], DownloadStatus.PARTIALLY_COMPLETED),
            ([F, F], DownloadStatus.FAILED),
            ([F, X], DownloadStatus.FAILED),
            ([X, X], DownloadStatus.CANCELLED),
        ],
    )
    def test_follows_from_the_items(self, items: list[ItemStatus], status: DownloadStatus) -> None:
        assert rolled_up(DownloadStatus.QUEUED, {item: items.count(item) for item in items}) is status

    def test_what_a_person_holds_stays_held_until_it_is_over(self) -> None:
        assert rolled_up(DownloadStatus.PAUSED, {Q: 1, C: 1}) is DownloadStatus.PAUSED
        assert rolled_up(DownloadStatus.PAUSED, {C: 2}) is DownloadStatus.COMPLETED


class TestActions:
    def test_each_refusal_says_why(self) -> None:
        for action in (
            may_cancel(DownloadStatus.COMPLETED),
            may_pause(DownloadStatus.PAUSED),
            may_retry(DownloadStatus.COMPLETED, InPlex.DONE, failed=0),
        ):
            assert not action.ok
            assert action.because

    def test_the_step_into_plex_can_be_tried_again_alone(self) -> None:
        assert may_retry(DownloadStatus.COMPLETED, InPlex.FAILED, failed=0).ok
