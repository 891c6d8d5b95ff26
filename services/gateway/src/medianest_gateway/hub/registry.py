"""The hub: who is connected, what they hear, and the way of a message to each of them.

All of it happens in one step of the loop without waiting, so that a snapshot and the changes after it are in order.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from medianest_gateway.errors import RateLimited, TooManySockets
from medianest_gateway.hub.board import StatusBoard
from medianest_gateway.hub.buffer import EventBuffer
from medianest_gateway.hub.client import Client, Close
from medianest_gateway.hub.messages import EVENT_TOPICS, STATUS, TOPICS, LiveMessage, denied, event_snapshot, resync
from medianest_gateway.metrics import live_messages, live_seconds


class Hub:
    def __init__(self, most: int, most_of_user: int) -> None:
        self.buffer = EventBuffer()
        self.board = StatusBoard()
        self._most = most
        self._most_of_user = most_of_user
        self._clients: set[Client] = set()
        self._hearing: defaultdict[tuple[str, str], set[Client]] = defaultdict(set)
        self._by_session: defaultdict[UUID, set[Client]] = defaultdict(set)
        self._by_user: defaultdict[UUID, set[Client]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def clients(self) -> list[Client]:
        return list(self._clients)

    def clients_of(self, user_id: UUID) -> list[Client]:
        return list(self._by_user.get(user_id, ()))

    def expect_room(self, user_id: UUID) -> None:
        """Raise TooManySockets when no more connections are taken, RateLimited when this user has enough of them."""
        if len(self._by_user.get(user_id, ())) >= self._most_of_user:
            raise RateLimited("You have too many live connections open. Close some of them.", retry_after=5)
        if len(self._clients) >= self._most:
            raise TooManySockets("Too many live connections are open. Try again shortly.", retry_after=5)

    def join(self, client: Client) -> None:
        self._clients.add(client)
        caller = client.identity.caller
        self._by_session[caller.session_id].add(client)
        self._by_user[caller.user_id].add(client)

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        self.unsubscribe(client, list(client.subscribed))
        caller = client.identity.caller
        _take_out(client, self._by_session, caller.session_id)
        _take_out(client, self._by_user, caller.user_id)

    def subscribe(self, client: Client, topics: Iterable[str], after: int | None = None) -> None:
        """Begin each topic: `status` with what is, the others with what was missed after `after`, or from now on."""
        wanted = [topic for topic in TOPICS if topic in set(topics) and topic not in client.subscribed]
        for topic in wanted:
            if not client.may_hear(topic):
                client.offer(denied(topic))
        begun = [topic for topic in wanted if client.may_hear(topic)]
        for topic in begun:
            client.subscribed.add(topic)
            for who in client.hears:
                self._hearing[topic, who].add(client)
        if STATUS in begun and (snapshot := self.board.snapshot(client.hears)) is not None:
            client.offer(snapshot)
        self._begin_events(client, [topic for topic in begun if topic != STATUS], after)

    def unsubscribe(self, client: Client, topics: Iterable[str]) -> None:
        for topic in topics:
            client.subscribed.discard(topic)
            for who in client.hears:
                hearing = self._hearing.get((topic, who))
                if hearing is not None:
                    hearing.discard(client)
                    if not hearing:
                        del self._hearing[topic, who]

    def publish(self, message: LiveMessage) -> None:
        """To everybody who follows the topic and is among its audience, once each."""
        began = time.perf_counter()
        heard: set[Client] | None = None
        for who in message.audience:
            hearing = self._hearing.get((message.topic, who))
            if hearing is not None:
                heard = hearing if heard is None else heard | hearing
        for client in heard or ():
            client.offer(message)
        live_messages.labels(message.topic).inc(len(heard or ()))
        live_seconds.observe(time.perf_counter() - began)

    def event(self, sequence: int, message: LiveMessage | None, *, is_past: bool = False) -> None:
        """The next event of the stream, kept and told; one from before this process is kept only."""
        if sequence <= self.buffer.last:
            return
        self.buffer.add(sequence, message)
        if message is not None and not is_past:
            self.publish(message)

    def restart_events(self, floor: int) -> None:
        """The stream is another one, or this process has just begun to follow it: lists are to be read again."""
        self.buffer.begin(floor)
        for topic in EVENT_TOPICS:
            self.publish(resync(topic))

    def show_status(self) -> None:
        """Everything is to be seen anew: after a gap, or when a service was removed."""
        for client in self._clients:
            if STATUS in client.subscribed and (snapshot := self.board.snapshot(client.hears)) is not None:
                client.offer(snapshot)

    def close_session(self, session_id: UUID) -> None:
        for client in list(self._by_session.get(session_id, ())):
            client.close(Close.ENDED)

    def close_all(self, why: Close) -> None:
        for client in self._clients:
            client.close(why)

    def _begin_events(self, client: Client, topics: list[str], after: int | None) -> None:
        if not topics:
            return
        missed = self.buffer.since(after) if after is not None else None
        for topic in topics:
            client.offer(event_snapshot(topic, self.buffer.last))
            if after is not None and missed is None:
                client.offer(resync(topic))
        if missed:
            client.offer_missed([m for m in missed if m.topic in topics and client.is_addressed(m)])


def _take_out(client: Client, of: dict[UUID, set[Client]], whose: UUID) -> None:
    of[whose].discard(client)
    if not of[whose]:
        del of[whose]
