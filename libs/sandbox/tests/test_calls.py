from medianest_sandbox.calls import KEPT_PER_SYSTEM, CallLog


class TestCallLog:
    def test_keeps_the_newest_of_each_system(self) -> None:
        log = CallLog()
        for number in range(KEPT_PER_SYSTEM + 5):
            log.add("plex", {"time": f"{number:06}"})
        log.add("video", {"time": "0"})
        assert len(log.items("plex")) == KEPT_PER_SYSTEM
        assert log.items("plex")[0]["time"] == "000005"
        assert len(log.items("video")) == 1
