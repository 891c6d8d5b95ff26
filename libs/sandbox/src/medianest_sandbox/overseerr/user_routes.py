"""The routes of users and of signing in."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from medianest_sandbox.overseerr.documents import Documents
from medianest_sandbox.overseerr.door import Door, body_of, number, page_reply, paged
from medianest_sandbox.overseerr.numbers import Permission
from medianest_sandbox.overseerr.records import Records, User
from medianest_sandbox.overseerr.replies import Refused, no_permission
from medianest_sandbox.people import Accounts, Person
from medianest_sandbox.wire import json_reply


class UserRoutes:
    """Accounts here, and their ties to Plex accounts."""

    def __init__(self, door: Door, documents: Documents, accounts: Accounts) -> None:
        self._door, self._documents, self._accounts = door, documents, accounts

    @property
    def _records(self) -> Records:
        return self._door.records

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        route = self._door.route
        return [
            route("/auth/me", self.me),
            route("/auth/plex", self.sign_in_with_plex, methods=("POST",), public=True),
            route("/auth/local", self.sign_in_with_password, methods=("POST",), public=True),
            route("/auth/logout", self.sign_out, methods=("POST",), public=True),
            route("/user", self.list_users, query=("take", "skip", "sort"), seerr_query=("q", "includeIds")),
            route("/user/import-from-plex", self.import_users, methods=("POST",), needs=Permission.MANAGE_USERS),
            route("/user/{id:int}", self.one),
            route("/user/{id:int}", self.edit, methods=("PUT",), needs=Permission.MANAGE_USERS),
            route("/user/{id:int}/quota", self.quota),
            route("/user/{id:int}/requests", self.requests, query=("take", "skip")),
        ]

    async def me(self, _: Request, user: User | None) -> Response:
        """Who asks."""
        return json_reply(self._documents.user(_present(user), full=True))

    async def sign_in_with_plex(self, request: Request, _: User | None) -> Response:
        """A session for the account with this Plex token, if it may use the server."""
        token = str((await body_of(request)).get("authToken", ""))
        person = self._accounts.by_account_token(token)
        if person is None:
            raise Refused(500, "Unable to authenticate.")
        if not self._accounts.has_access(person):
            raise Refused(403, "Access denied.")
        user = self._by_person(person) or self._records.add_user(person)
        self._records.save()
        answer = json_reply(self._documents.user(user, full=True))
        self._door.sign_in(user, answer)
        return answer

    async def sign_in_with_password(self, _: Request, __: User | None) -> Response:
        """Nobody here has a password."""
        raise Refused(403, "Access denied.")

    async def sign_out(self, request: Request, _: User | None) -> Response:
        """End the session."""
        self._door.sign_out(request)
        return json_reply({"status": "ok"})

    async def list_users(self, request: Request, user: User | None) -> Response:
        """One page of accounts."""
        full = _present(user).may(Permission.MANAGE_USERS)
        found = list(self._records.users.values())
        if request.query_params.get("sort") == "displayname":
            found.sort(key=lambda each: each.name)
        words = request.query_params.get("q", "").casefold()
        found = [each for each in found if words in each.name.casefold()]
        shown, info = paged(found, take=number(request, "take", 10), skip=number(request, "skip", 0))
        return page_reply([self._documents.user(each, full=full) for each in shown], info)

    async def import_users(self, request: Request, _: User | None) -> Response:
        """Make accounts for people with the Plex server; answers with those that are new."""
        wanted = (await body_of(request)).get("plexIds")
        if self._door.switches.import_empty:
            return json_reply([], 201)
        shared = [
            person for person in self._accounts.people if person.role != "owner" and self._accounts.has_access(person)
        ]
        chosen = [each for each in shared if wanted is None or str(each.id) in {str(one) for one in wanted}]
        made = [self._records.add_user(each) for each in chosen if self._by_person(each) is None]
        self._records.save()
        return json_reply([self._documents.user(each, full=True) for each in made], 201)

    async def one(self, request: Request, user: User | None) -> Response:
        """One account."""
        acting, found = _present(user), self._user(request)
        full = found.id == acting.id or acting.may(Permission.MANAGE_USERS)
        return json_reply(self._documents.user(found, full=full))

    async def edit(self, request: Request, _: User | None) -> Response:
        """Change permissions and quotas."""
        found, body = self._user(request), await body_of(request)
        found.permissions = int(body.get("permissions", found.permissions))
        found.movie_limit = body.get("movieQuotaLimit", found.movie_limit)
        found.movie_days = body.get("movieQuotaDays", found.movie_days)
        found.tv_limit = body.get("tvQuotaLimit", found.tv_limit)
        found.tv_days = body.get("tvQuotaDays", found.tv_days)
        self._records.save()
        return json_reply(self._documents.user(found, full=True))

    async def quota(self, request: Request, user: User | None) -> Response:
        """What of the quotas is used."""
        acting, found = _present(user), self._user(request)
        if found.id != acting.id and not acting.may(Permission.MANAGE_USERS):
            raise no_permission()
        return json_reply({"movie": self._quota(found, "movie"), "tv": self._quota(found, "tv")})

    async def requests(self, request: Request, user: User | None) -> Response:
        """One account's requests."""
        acting, found = _present(user), self._user(request)
        if found.id != acting.id and not self._documents.may_see_all(acting):
            raise no_permission()
        own = [each for each in reversed(self._records.requests.values()) if each.user_id == found.id]
        shown, info = paged(own, take=number(request, "take", 20), skip=number(request, "skip", 0))
        return page_reply([self._documents.request(each) for each in shown], info)

    def _quota(self, user: User, kind: str) -> dict[str, Any]:
        limit, days = (user.movie_limit, user.movie_days) if kind == "movie" else (user.tv_limit, user.tv_days)
        used = self._records.used(user, kind)
        if not limit or user.may(Permission.MANAGE_USERS):
            return {"days": days, "limit": 0, "used": used, "restricted": False}
        left = max(0, limit - used)
        return {"days": days or 7, "limit": limit, "used": used, "remaining": left, "restricted": left == 0}

    def _by_person(self, person: Person) -> User | None:
        return next((each for each in self._records.users.values() if each.plex_id == person.id), None)

    def _user(self, request: Request) -> User:
        found = self._records.users.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "User not found.")
        return found


def _present(user: User | None) -> User:
    if user is None:
        raise no_permission()
    return user
