"""The supervisor: order, restarts, failures, and an end without remains."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from medianest_devstack.errors import DevstackError, PortInUseError, ServerFailedError
from medianest_devstack.ports import free_port
from medianest_devstack.probes import http_get
from medianest_devstack.supervisor import Service, State, Supervisor

from .conftest import processes_in

SCRIPT = str(Path(__file__).with_name("fake_service.py"))


def service(name: str, *options: str, after: tuple[str, ...] = (), ready_within: float = 10) -> Service:
    port = free_port()
    return Service(
        name,
        (sys.executable, SCRIPT, str(port), *options),
        {},
        f"http://127.0.0.1:{port}/health/ready",
        after=after,
        ready_within=ready_within,
        grace=2,
    )


class Watched:
    """A supervisor with a memory: who became what, and what was said."""

    def __init__(self, place: Path, *services: Service, at_once: int = 8) -> None:
        self.lines: list[str] = []
        self.history: list[tuple[str, State]] = []
        self.changed = asyncio.Event()
        self.supervisor = Supervisor(services, cwd=place, sink=self._line, at_once=at_once, on_change=self._note)

    def _line(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")

    def _note(self) -> None:
        for name, kept in self.supervisor.kept.items():
            if (name, kept.state) not in self.history[-len(self.supervisor.kept) :]:
                self.history.append((name, kept.state))
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a change that makes it true."""
        async with asyncio.timeout(15):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def at(self, name: str, state: State) -> int:
        return self.history.index((name, state))


class TestStart:
    async def test_waits_for_those_before(self, place: Path) -> None:
        watched = Watched(place, service("late", after=("early",)), service("early", "--ready-after", "0.3"))
        await watched.supervisor.start()
        await watched.supervisor.stop()
        assert watched.at("early", State.READY) < watched.at("late", State.STARTING)

    async def test_begins_only_so_many_at_a_time(self, place: Path) -> None:
        watched = Watched(place, *(service(name, "--ready-after", "0.2") for name in "abc"), at_once=1)
        await watched.supervisor.start()
        await watched.supervisor.stop()
        assert watched.at("a", State.READY) < watched.at("b", State.STARTING)
        assert watched.at("b", State.READY) < watched.at("c", State.STARTING)

    async def test_tells_which_failed_and_its_last_line(self, place: Path) -> None:
        watched = Watched(place, service("good"), service("bad", "--fail", "the moon is in the wrong house"))
        with pytest.raises(ServerFailedError, match=r"The service bad ended with exit code 1 .* wrong house"):
            await watched.supervisor.start()
        await watched.supervisor.stop()
        assert processes_in(place) == []

    async def test_does_not_wait_for_ever(self, place: Path) -> None:
        watched = Watched(place, service("slow", "--ready-after", "60", ready_within=0.5))
        with pytest.raises(ServerFailedError, match="The service slow was not ready within"):
            await watched.supervisor.start()
        await watched.supervisor.stop()
        assert processes_in(place) == []

    async def test_takes_no_other_program_for_the_service(self, place: Path) -> None:
        one = service("one")
        with socket.create_server(("127.0.0.1", int(one.argv[2]))):
            watched = Watched(place, one)
            with pytest.raises(PortInUseError, match=f"Port {one.argv[2]} for the service one is in use"):
                await watched.supervisor.start()
        assert processes_in(place) == []

    def test_refuses_a_circle(self, place: Path) -> None:
        with pytest.raises(DevstackError, match="in a circle"):
            Watched(place, service("a", after=("b",)), service("b", after=("a",)))

    def test_refuses_to_wait_for_nobody(self, place: Path) -> None:
        with pytest.raises(DevstackError, match="No service is named ghost"):
            Watched(place, service("a", after=("ghost",)))


class TestRestart:
    async def test_brings_back_one_that_ended_and_says_so(self, place: Path) -> None:
        watched = Watched(place, service("one"))
        kept = watched.supervisor.kept["one"]
        await watched.supervisor.start()
        first = kept.pid
        await http_get(kept.service.ready_url.replace("/health/ready", "/die"))
        await watched.until(lambda: kept.restarts == 1 and kept.state is State.READY)
        assert kept.pid not in (first, None)
        assert "one: ended with exit code 7; starts again in 0.2 s" in watched.lines
        await watched.supervisor.stop()

    async def test_waits_longer_each_time(self, place: Path) -> None:
        watched = Watched(place, service("one"))
        kept = watched.supervisor.kept["one"]

        def back(restarts: int) -> bool:
            return kept.restarts == restarts and kept.state is State.READY

        await watched.supervisor.start()
        for restarts in (1, 2):
            if kept.pid:
                os.kill(kept.pid, signal.SIGKILL)
            await watched.until(partial(back, restarts))
        delays = [line.rpartition("in ")[2] for line in watched.lines if "starts again" in line]
        assert delays == ["0.2 s", "0.4 s"]
        await watched.supervisor.stop()

    async def test_ends_with_the_stop(self, place: Path) -> None:
        watched = Watched(place, service("one"))
        kept = watched.supervisor.kept["one"]
        await watched.supervisor.start()
        if kept.pid:
            os.kill(kept.pid, signal.SIGKILL)
        await watched.until(lambda: kept.state is State.RESTARTING)
        await watched.supervisor.stop()
        assert (kept.state, processes_in(place)) == (State.STOPPED, [])


class TestStop:
    async def test_takes_what_a_service_started_along(self, place: Path) -> None:
        watched = Watched(place, service("parent", "--child", str(place / "pid")))
        await watched.supervisor.start()
        assert len(processes_in(place)) == 2
        began = time.monotonic()
        await watched.supervisor.stop()
        assert processes_in(place) == []
        assert time.monotonic() - began < 3

    async def test_ends_those_first_that_lean_on_others(self, place: Path) -> None:
        watched = Watched(place, service("base"), service("user", after=("base",)))
        await watched.supervisor.start()
        await watched.supervisor.stop()
        assert watched.at("user", State.STOPPED) < watched.at("base", State.STOPPED)
