"""bcrypt, off the event loop and two at a time; a name nobody has costs the same as one somebody has."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import TypeVar

import bcrypt

from medianest_auth.errors import TooManyAttempts

ResultT = TypeVar("ResultT")

COST = 12
_AT_ONCE = 2  # each takes a quarter of a second of one core
_PATIENCE = 8.0


class Passwords:
    def __init__(self, cost: int = COST) -> None:
        self._cost = cost
        self._decoy: str | None = None
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def prepare(self) -> None:
        """Make what unknown names are compared with, so that not even the first of them takes longer."""
        if self._decoy is None:
            self._decoy = await self._run(self._hash, secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        return await self._run(self._hash, password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the one that was hashed; without a hash the same work is done, for nothing."""
        await self.prepare()
        good = await self._run(_check, password, hashed or self._decoy or "")
        return good and hashed is not None

    def _hash(self, password: str) -> str:
        return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(self._cost)).decode()

    async def _run(self, work: Callable[..., ResultT], *arguments: str) -> ResultT:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._room.acquire()
        except TimeoutError:
            raise TooManyAttempts("Too many people sign in at this moment. Try again shortly.", retry_after=5) from None
        try:
            return await asyncio.to_thread(work, *arguments)
        finally:
            self._room.release()


def _check(password: str, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(_prepared(password), hashed.encode())
    except ValueError:  # made by something else than bcrypt
        return False


def _prepared(password: str) -> bytes:
    """bcrypt reads 72 bytes and stops at a NUL; a digest in letters lets every character of a long password count."""
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
