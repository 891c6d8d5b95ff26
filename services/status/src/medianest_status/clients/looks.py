"""Putting a look together: its steps in order, the first failure, and the health that follows."""

from collections.abc import Mapping

from medianest_common.contracts.status import ServiceHealth
from medianest_status.clients.asking import Answer, NoAnswer
from medianest_status.domain.probes import Examination, Step


class Look:
    """Collects the steps of one look. A failed step ends it; the steps behind it stay untried."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._done: dict[str, Step] = {}
        self._health = ServiceHealth.UP
        self._message: str | None = None
        self._key_refused = False
        self.response_ms: int | None = None
        self.learned: dict[str, str] = {}

    def passed(self, name: str, detail: str) -> None:
        self._done[name] = Step(name, self._labels[name], True, detail)

    def failed(self, name: str, detail: str, fix: str, *, health: ServiceHealth, key: bool = False) -> None:
        """`key` marks that the service works but does not let us in."""
        self._done[name] = Step(name, self._labels[name], False, detail, fix)
        self._health, self._message, self._key_refused = health, detail, key

    def down(self, name: str, detail: str, fix: str) -> None:
        self.failed(name, detail, fix, health=ServiceHealth.DOWN)

    def limited(self, name: str, detail: str, fix: str, *, key: bool = False) -> None:
        self.failed(name, detail, fix, health=ServiceHealth.DEGRADED, key=key)

    def unanswered(self, name: str, error: NoAnswer, *, health: ServiceHealth = ServiceHealth.DOWN) -> None:
        self.failed(name, error.detail, error.fix, health=health)

    def answered(self, name: str, answer: Answer, slow_after_ms: int) -> bool:
        """Note that it answers; False when with an error of its own (5xx), which ends the look."""
        self.response_ms = answer.response_ms
        if answer.status >= 500:
            self.response_ms = None
            self.down(name, f"It answered with an error ({answer.status}).", "Look into its log; it may be starting.")
            return False
        self.passed(name, f"It answered in {answer.response_ms} ms.")
        if answer.response_ms > slow_after_ms:
            self._health, self._message = ServiceHealth.DEGRADED, "It answers slowly."
        return True

    def result(self) -> Examination:
        steps = tuple(self._done.get(name, Step(name, label)) for name, label in self._labels.items())
        return Examination(
            self._health,
            self.response_ms if self._health is not ServiceHealth.DOWN else None,
            self._message,
            steps,
            self._key_refused,
            self.learned,
        )
