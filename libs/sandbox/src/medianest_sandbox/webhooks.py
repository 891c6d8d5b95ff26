"""Posts webhooks as careless programs do: each once, whatever the answer; can be told to lose, double or swap them."""

import asyncio
import contextlib
from collections import deque
from datetime import UTC, datetime
from typing import Any

import httpx2

from medianest_sandbox.settings import Webhook

_QUEUE = 1_000
_KEPT = 500
_TIMEOUT_SECONDS = 10.0


class WebhookSender:
    """Posts bodies one after the other, each once, whatever the answer. `start` and `stop` frame its work."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Webhook, Any]] = asyncio.Queue(_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self.sent: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.drop = 0
        self.double = 0
        self.swap = 0
        self.delay_seconds = 0.0
        self._held: tuple[Webhook, Any] | None = None

    def behave(self) -> None:
        """Forget all mischief and what was sent; what is held back for swapping is lost."""
        self.drop = self.double = self.swap = 0
        self.delay_seconds, self._held = 0.0, None
        self.sent.clear()

    def post(self, webhook: Webhook, body: Any) -> None:
        """Queue a body; with mischief switched on it may be lost, come twice, or after the next one."""
        if self.drop > 0:
            self.drop -= 1
            self._note(webhook, body, "dropped")
            return
        if self._held is None and self.swap > 0:
            self.swap -= 1
            self._held = (webhook, body)
            return
        copies = 2 if self.double > 0 else 1
        self.double = max(0, self.double - 1)
        waiting = [(webhook, body)] * copies + ([self._held] if self._held else [])
        self._held = None
        for each in waiting:
            with contextlib.suppress(asyncio.QueueFull):
                self._queue.put_nowait(each)

    async def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run(), name="webhook-sender")

    async def stop(self) -> None:
        """Stop at once; what is still queued is lost, as it would be in the real one."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with httpx2.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                webhook, body = await self._queue.get()
                await asyncio.sleep(self.delay_seconds)
                self._note(webhook, body, await self._deliver(client, webhook, body))

    async def _deliver(self, client: httpx2.AsyncClient, webhook: Webhook, body: Any) -> str:
        headers = {"Accept": "application/json, text/plain, */*"}
        if webhook.authorization:
            headers["Authorization"] = webhook.authorization
        try:
            answer = await client.post(webhook.url, json=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return f"failed: {type(error).__name__}"
        return str(answer.status_code)

    def _note(self, webhook: Webhook, body: Any, outcome: str) -> None:
        when = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.sent.append({"time": when, "url": webhook.url, "body": body, "outcome": outcome})
