"""Who is there to work, by what the workers announce every two seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from medianest_common.contracts.downloads import WorkerSlots

_FRESH_SECONDS = 7.0  # three announcements missed


@dataclass(frozen=True)
class _Heard:
    said: WorkerSlots
    at: float


class SlotBoard:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, _Heard] = {}

    def hear(self, said: WorkerSlots) -> bool:
        """Note an announcement; True when it may let something new begin."""
        before = self._heard.get(said.worker_id)
        if before is not None and before.said.version > said.version and self._is_fresh(before):
            return False
        self._heard[said.worker_id] = _Heard(said, self._clock())
        return before is None or (before.said.running, before.said.draining) != (said.running, said.draining)

    def living(self, egress: str | None = None) -> list[WorkerSlots]:
        """Workers heard lately, of one way out or of all."""
        self._heard = {name: heard for name, heard in self._heard.items() if self._is_fresh(heard)}
        return [h.said for h in self._heard.values() if egress is None or h.said.egress == egress]

    def egresses(self) -> list[str]:
        return sorted({said.egress for said in self.living()})

    def offered(self, egress: str) -> list[int]:
        """Slots of each worker that takes new items."""
        return [said.slots for said in self.living(egress) if not said.draining]

    def _is_fresh(self, heard: _Heard) -> bool:
        return self._clock() - heard.at <= _FRESH_SECONDS
