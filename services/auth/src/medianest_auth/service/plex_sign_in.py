"""Sign-in with a Plex PIN: begun for a browser, waited for, exchanged for a session as often as answers get lost."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import segno

from medianest_auth.clients.plextv import Pin, PlexTv
from medianest_auth.domain import (
    MOST_OPEN_PINS,
    PIN_LIFETIME,
    Origin,
    PinForm,
    PinStatus,
    address_group,
    digest,
    new_secret,
)
from medianest_auth.errors import TooManySignIns
from medianest_auth.models import SignInAttempt
from medianest_auth.repository import Work, WorkFactory
from medianest_auth.service.sessions import Issued, Sessions
from medianest_common.clock import Clock, utc_now
from medianest_common.contracts.auth import UserStatus
from medianest_common.crypto import SealBroken, Sealer
from medianest_common.errors import NotFound, Upstream

_UNFINISHED = timedelta(seconds=60)  # how long a PIN may take to be made before its place is free again
_OVER = "This sign-in is over. Start again."


@dataclass(frozen=True)
class PinPages:
    """Where people are sent."""

    public_url: str
    auth_url: str
    link_url: str
    product: str


@dataclass(frozen=True)
class PinWish:
    """What a browser asks for; `bindings` are the secrets it holds of earlier attempts."""

    form: PinForm
    forward_url: str | None = None
    invitation: str | None = None
    link_user_id: UUID | None = None
    bindings: Sequence[str] = ()


@dataclass(frozen=True)
class PinStarted:
    id: UUID
    code: str | None
    auth_url: str
    expires_at: datetime
    binding: str


@dataclass(frozen=True)
class PinOutcome:
    """How an attempt stands; `issued` only when this answer signs the browser in."""

    status: PinStatus
    reason: str | None = None
    issued: Issued | None = None


class PlexSignIn:
    def __init__(
        self,
        work: WorkFactory,
        plextv: PlexTv,
        sessions: Sessions,
        sealer: Sealer,
        pages: PinPages,
        *,
        started: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._plextv = plextv
        self._sessions = sessions
        self._sealer = sealer
        self._pages = pages
        self._started = started
        self._clock = clock

    async def start(self, wish: PinWish, origin: Origin) -> PinStarted:
        """Make a PIN at plex.tv; TooManySignIns when the address has five open ones, Upstream… when Plex is away."""
        binding = new_secret()
        attempt_id = await self._reserve(wish, binding, address_group(origin.address))
        try:
            pin = await self._plextv.create_pin(strong=wish.form is PinForm.REDIRECT)
        except Upstream:
            async with self._work() as work:
                await work.attempts.delete(attempt_id)
            raise
        sealed = seal_pin(self._sealer, attempt_id, pin)
        async with self._work() as work:
            attempt = await self._get(work, attempt_id, lock=True)
            until = min(pin.expires_at, self._clock() + PIN_LIFETIME)
            attempt.pin, attempt.expires_at = sealed, until
        self._started()
        code = pin.code if wish.form is PinForm.CODE else None
        return PinStarted(attempt_id, code, self._auth_url(wish, pin.code), until, binding)

    async def outcome(self, attempt_id: UUID, bindings: Sequence[str], origin: Origin) -> PinOutcome:
        """How an attempt of this browser stands; once authorized each asking yields tokens of the same session."""
        async with self._work() as work:
            attempt = await self._own(work, attempt_id, bindings)
            if attempt.status is PinStatus.AUTHORIZED and attempt.link_user_id is None:
                return await self._exchange(work, await self._get(work, attempt.id, lock=True), origin)
            status = attempt.status
            if status is PinStatus.WAITING and attempt.expires_at <= self._clock():
                status = PinStatus.EXPIRED
            return PinOutcome(status, _OVER if status is PinStatus.EXPIRED else attempt.reason)

    async def qr(self, attempt_id: UUID, bindings: Sequence[str]) -> bytes:
        """A picture (SVG) of the link page with the code in it; NotFound once the attempt no longer waits."""
        async with self._work() as work:
            attempt = await self._own(work, attempt_id, bindings)
            pin = open_pin(self._sealer, attempt)
        if pin is None:
            raise NotFound(_OVER)
        wish = PinWish(attempt.form)
        picture = io.BytesIO()
        segno.make(self._auth_url(wish, pin[1]), error="m").save(picture, kind="svg", scale=4, border=2)
        return picture.getvalue()

    async def _reserve(self, wish: PinWish, binding: str, group: str) -> UUID:
        """Take one of the address's five places before plex.tv is asked; a browser's own oldest makes room."""
        now = self._clock()
        attempt = SignInAttempt(
            id=uuid4(),
            form=wish.form,
            binding_hash=digest(binding),
            address_group=group,
            link_user_id=wish.link_user_id,
            invitation_hash=digest(wish.invitation) if wish.invitation else None,
            created_at=now,
            expires_at=now + _UNFINISHED,
        )
        async with self._work() as work:
            await work.lock(f"sign-ins from {group}")
            waiting = list(await work.attempts.open_at(group, now))
            if len(waiting) >= MOST_OPEN_PINS:
                self._make_room(waiting, wish.bindings)
            work.attempts.add(attempt)
        return attempt.id

    def _make_room(self, waiting: Sequence[SignInAttempt], bindings: Sequence[str]) -> None:
        own = next((attempt for attempt in waiting if _bound(attempt, bindings)), None)
        if own is None:
            seconds = (min(attempt.expires_at for attempt in waiting) - self._clock()).total_seconds()
            raise TooManySignIns(
                "Too many sign-ins were begun from your address. Finish one, or wait until they are over.",
                retry_after=max(1.0, seconds),
            )
        own.status, own.pin = PinStatus.EXPIRED, None

    async def _exchange(self, work: Work, attempt: SignInAttempt, origin: Origin) -> PinOutcome:
        user = await work.users.find(attempt.user_id, lock=True) if attempt.user_id else None
        if attempt.expires_at <= self._clock() or user is None or user.status is not UserStatus.ACTIVE:
            return PinOutcome(PinStatus.EXPIRED, _OVER)
        if attempt.session_id is None:
            issued = await self._sessions.open(work, user, origin, by=f"plex_{attempt.form.value}")
            attempt.session_id = issued.session_id
            return PinOutcome(PinStatus.AUTHORIZED, issued=issued)
        session = await work.sessions.find(attempt.session_id, lock=True)
        if session is None or session.revoked_at is not None:
            return PinOutcome(PinStatus.EXPIRED, "You have signed out since. Start again.")
        return PinOutcome(PinStatus.AUTHORIZED, issued=await self._sessions.issue(work, session, user, origin))

    async def _own(self, work: Work, attempt_id: UUID, bindings: Sequence[str]) -> SignInAttempt:
        attempt = await self._get(work, attempt_id)  # not locked: the poller passes over locked rows
        if not _bound(attempt, bindings):
            raise NotFound("There is no such sign-in in this browser.")
        return attempt

    async def _get(self, work: Work, attempt_id: UUID, *, lock: bool = False) -> SignInAttempt:
        attempt = await work.attempts.find(attempt_id, lock=lock)
        if attempt is None:
            raise NotFound("There is no such sign-in in this browser.")
        return attempt

    def _auth_url(self, wish: PinWish, code: str) -> str:
        if wish.form is PinForm.CODE:
            return f"{self._pages.link_url}?{urlencode({'pin': code})}"
        fields = {
            "clientID": self._plextv.client_id,
            "code": code,
            "context[device][product]": self._pages.product,
            "forwardUrl": f"{self._pages.public_url}{wish.forward_url or '/'}",
        }
        return f"{self._pages.auth_url}#?{urlencode(fields, quote_via=quote)}"


def _bound(attempt: SignInAttempt, bindings: Sequence[str]) -> bool:
    return any(compare_digest(attempt.binding_hash, digest(binding)) for binding in bindings)


def seal_pin(sealer: Sealer, attempt_id: UUID, pin: Pin) -> str:
    return sealer.seal(json.dumps([pin.id, pin.code]), row=f"sign_in_attempts.pin:{attempt_id}")


def open_pin(sealer: Sealer, attempt: SignInAttempt) -> tuple[int, str] | None:
    """PIN id and code; None once the attempt is settled, or its key is gone."""
    if attempt.pin is None:
        return None
    try:
        pin_id, code = json.loads(sealer.open(attempt.pin, row=f"sign_in_attempts.pin:{attempt.id}"))
    except SealBroken:
        return None
    return int(pin_id), str(code)
