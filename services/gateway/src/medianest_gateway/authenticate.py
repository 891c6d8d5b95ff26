"""Recognizing the caller: the session cookie, renewed on the way when it has expired, or `Authorization: Bearer`."""

from typing import Final

from medianest_common.cookies import CookieNames
from medianest_common.errors import MediaNestError, Unauthenticated
from medianest_common.tokens import Verifier, bearer
from medianest_gateway.call import Call
from medianest_gateway.errors import SessionEnded
from medianest_gateway.exchange import Exchange
from medianest_gateway.guesses import Guesses
from medianest_gateway.identity import Identity, Proof
from medianest_gateway.refresh import Refresher
from medianest_gateway.routes import Open, Route

_MOST_KNOWN: Final = 10_000


class Authenticator:
    def __init__(self, verifier: Verifier, names: CookieNames, refresher: Refresher, exchange: Exchange) -> None:
        self._verifier = verifier
        self._names = names
        self._refresher = refresher
        self._exchange = exchange
        self._guesses = Guesses()
        self._known: dict[str, Identity] = {}

    async def identify(self, call: Call, route: Route) -> Identity | None:
        """Who calls, or None for a stranger where strangers may come; raises Unauthenticated elsewhere.

        Raises Upstream… when only auth could tell and does not answer: nobody is signed out by an outage.
        """
        if route.access is Open.PUBLIC:
            return None
        if route.access is Open.OPTIONAL:
            return self._if_signed_in(call)
        if call.header(b"authorization") is not None:
            return await self._by_bearer(call)
        return await self._by_cookie(call)

    async def renew(self, call: Call, identity: Identity) -> Identity:
        """The same caller with a token of now; their rights are others than the one they came with says."""
        if identity.proof is Proof.COOKIE:
            return await self._renew_cookies(call, past=identity.caller.epoch)
        if identity.proof is Proof.API_TOKEN:
            api_token = bearer(call.text(b"authorization"))
            caller, token = await self._exchange.caller(api_token, past=identity.caller.epoch)
            return Identity(caller, token, Proof.API_TOKEN)
        raise Unauthenticated("Your rights have changed. Use a new token.")

    def _verified(self, token: str, proof: Proof) -> Identity:
        """Whose token it is; the same object as long as the verifier remembers the token."""
        caller = self._verifier.verify(token)
        known = self._known.get(token)
        if known is None or known.caller is not caller or known.proof is not proof:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[token] = Identity(caller, token, proof)
        return known

    def _if_signed_in(self, call: Call) -> Identity | None:
        token = call.cookie(self._names.session)
        try:
            return self._verified(token, Proof.COOKIE) if token else None
        except MediaNestError:
            return None

    async def _by_cookie(self, call: Call) -> Identity:
        token = call.cookie(self._names.session)
        if token:
            try:
                return self._verified(token, Proof.COOKIE)
            except Unauthenticated:
                pass  # expired, or its key is gone: the refresh cookie decides
        return await self._renew_cookies(call)

    async def _renew_cookies(self, call: Call, *, past: int = -1) -> Identity:
        refresh_token = call.cookie(self._names.refresh)
        if not refresh_token:
            raise Unauthenticated("Sign in first.")
        self._guesses.check(call.address)
        try:
            agent = call.text(b"user-agent")[:500]
            renewed = await self._refresher.renew(refresh_token, call.address, agent, past=past)
        except SessionEnded as error:
            self._guesses.was_wrong(call.address)
            call.set_cookies(error.cookies)
            raise
        call.set_cookies(renewed.cookies)
        return Identity(renewed.caller, renewed.token, Proof.COOKIE)

    async def _by_bearer(self, call: Call) -> Identity:
        token = bearer(call.text(b"authorization"))
        if token.startswith("eyJ") and token.count(".") == 2:
            return self._verified(token, Proof.BEARER)
        is_guess = not self._exchange.knows(token)
        if is_guess:
            self._guesses.check(call.address)
        try:
            caller, access = await self._exchange.caller(token)
        except Unauthenticated:
            if is_guess:
                self._guesses.was_wrong(call.address)
            raise
        return Identity(caller, access, Proof.API_TOKEN)
