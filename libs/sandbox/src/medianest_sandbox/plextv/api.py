"""The routes of plex.tv."""

import io
from typing import Any
from urllib.parse import parse_qsl

import orjson
import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from medianest_sandbox import posters
from medianest_sandbox.people import Accounts, Person
from medianest_sandbox.plextv import documents, pages
from medianest_sandbox.plextv.pins import Pin, PinBoard
from medianest_sandbox.wire import base_url, json_reply, plex_reply, wants_json, xml_reply


class PlexTv:
    """plex.tv with a handful of accounts, all of which sign in without a password."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.pins = PinBoard()

    def routes(self) -> list[BaseRoute]:
        """What plex.tv answers."""
        return [
            Route("/link", self.link_page),
            Route("/auth", self.auth_page),
            Route("/claim", self.claim_by_person, methods=["POST"]),
            Route("/api/v2/pins", self.create_pin, methods=["POST"]),
            Route("/api/v2/pins/link", self.link_pin, methods=["PUT"]),
            Route("/api/v2/pins/qr/{code}", self.qr),
            Route("/api/v2/pins/{pin_id:int}", self.poll_pin),
            Route("/api/v2/user", self.user),
            Route("/api/v2/users/signout", self.sign_out, methods=["DELETE"]),
            Route("/api/v2/resources", self.resources),
            Route("/api/v2/friends", self.friends),
            Route("/api/v2/ping", self.ping),
            Route("/users/account.json", self.account),
            Route("/users/{uuid}/avatar", self.avatar),
            Route("/api/users", self.users),
            Route("/api/home/users", self.home_users),
            Route("/api/servers/{machine}/shared_servers", self.shared_servers),
        ]

    def claim(self, pin: Pin, person: Person) -> None:
        """Sign this person in to the application that made the PIN."""
        pin.token = self.accounts.new_token(person)

    async def create_pin(self, request: Request) -> Response:
        """Make a PIN; strong when the query, a form or a JSON body says so."""
        client = _identity(request, "X-Plex-Client-Identifier")
        if not client:
            return _error(request, 400, 1000, "X-Plex-Client-Identifier is missing")
        given = request.query_params.get("strong") or str((await _fields(request)).get("strong", ""))
        product = _identity(request, "X-Plex-Product") or ""
        pin = self.pins.create(client=client, product=product, strong=given.lower() in {"true", "1"})
        return plex_reply(request, "pin", pin.document(base_url(request)), 201)

    async def poll_pin(self, request: Request) -> Response:
        """The PIN again, with the token once it is claimed."""
        client = _identity(request, "X-Plex-Client-Identifier")
        if not client:
            return _error(request, 400, 1000, "X-Plex-Client-Identifier is missing")
        pin = self.pins.get(request.path_params["pin_id"], client=client)
        if pin is None:
            return _error(request, 404, 1020, "Code not found or expired")
        return plex_reply(request, "pin", pin.document(base_url(request)))

    async def link_pin(self, request: Request) -> Response:
        """Claim a short PIN with the token of a signed-in device."""
        person = self._person(request)
        if person is None:
            return _unauthorized(request)
        pin = self.pins.by_code(str((await _fields(request)).get("code") or request.query_params.get("code", "")))
        if pin is None or pin.strong:
            return _error(request, 404, 1020, "Code not found or expired")
        self.claim(pin, person)
        return Response(status_code=204)

    async def claim_by_person(self, request: Request) -> Response:
        """What the pages `/link` and `/auth` call when somebody chose who they are."""
        fields = await _fields(request)
        pin = self.pins.by_code(str(fields.get("code", "")))
        person = self.accounts.named(str(fields.get("username", "")))
        if pin is None or person is None or (pin.strong and fields.get("page") != "auth"):
            return json_reply({"message": "This code is not known, or its time is over."}, 404)
        self.claim(pin, person)
        return json_reply({"message": f"Linked. {pin.product or 'The application'} now knows you as {person.title}."})

    async def qr(self, request: Request) -> Response:
        """A picture of the address of the link page."""
        target = f"{base_url(request)}/plextv/link?pin={request.path_params['code']}"
        picture = io.BytesIO()
        segno.make(target, error="m").save(picture, kind="png", scale=6, border=2)
        return Response(picture.getvalue(), media_type="image/png")

    async def link_page(self, request: Request) -> Response:
        """The page for people with a code."""
        return pages.link(request.query_params.get("pin", ""), self.accounts.people)

    async def auth_page(self, _: Request) -> Response:
        """The consent page; everything it needs is in the fragment."""
        return pages.auth(self.accounts.people)

    async def user(self, request: Request) -> Response:
        """Whose token this is."""
        person = self._person(request)
        if person is None:
            return _unauthorized(request)
        return plex_reply(request, "user", documents.user(person, _token(request), base_url(request)))

    async def account(self, request: Request) -> Response:
        """Whose token this is, in the older shape; JSON by name."""
        person = self._person(request)
        if person is None:
            return json_reply({"error": "Invalid authentication token."}, 401)
        return json_reply(documents.account(person, _token(request), base_url(request)))

    async def sign_out(self, request: Request) -> Response:
        """Withdraw the token that comes with the call."""
        if self._person(request) is None:
            return _unauthorized(request)
        self.accounts.sign_out(_token(request))
        return Response(status_code=204)

    async def resources(self, request: Request) -> Response:
        """Servers and players of the account."""
        person = self._person(request)
        if person is None:
            return _unauthorized(request)
        found = documents.resources(person, self.accounts, base_url(request))
        return plex_reply(request, "resources", found)

    async def friends(self, request: Request) -> Response:
        """Gone, as on the real one."""
        return _error(request, 410, 1410, "This endpoint is gone")

    async def ping(self, request: Request) -> Response:
        """Keeps a token fresh."""
        if self._person(request) is None:
            return _unauthorized(request)
        return plex_reply(request, "ping", {"pong": True})

    async def users(self, request: Request) -> Response:
        """The owner's friends; others have none here."""
        person = self._person(request)
        if person is None:
            return xml_reply('<Response code="401" status="Invalid authentication token."/>', 401)
        if person.role != "owner":
            return xml_reply('<MediaContainer friendlyName="myPlex" totalSize="0" size="0"/>')
        return xml_reply(documents.users_xml(self.accounts, base_url(request)))

    async def home_users(self, request: Request) -> Response:
        """The people of the owner's home."""
        person = self._person(request)
        if person is None:
            return xml_reply('<Response code="401" status="Invalid authentication token."/>', 401)
        is_of_home = person.role in {"owner", "home"}
        home = [each for each in self.accounts.people if is_of_home and each.role in {"owner", "home"}]
        members = "".join(
            f'<User id="{each.id}" uuid="{each.uuid}" title="{each.title}" admin="{int(each.role == "owner")}"'
            f' restricted="{int(each.role == "home")}" protected="0"/>'
            for each in home
        )
        return xml_reply(f'<MediaContainer size="{len(home)}">{members}</MediaContainer>')

    async def shared_servers(self, request: Request) -> Response:
        """Who has the server, with their tokens; for the owner only."""
        person = self._person(request)
        if person is None:
            return xml_reply('<Response code="401" status="Invalid authentication token."/>', 401)
        if person.role != "owner" or request.path_params["machine"] != self.accounts.machine_identifier:
            return xml_reply('<Response code="404" status="Not found"/>', 404)
        return xml_reply(documents.shared_servers_xml(self.accounts))

    async def avatar(self, request: Request) -> Response:
        """A person's picture."""
        person = next((each for each in self.accounts.people if each.uuid == request.path_params["uuid"]), None)
        if person is None:
            return Response(status_code=404)
        return Response(posters.avatar(person.title), media_type="image/png")

    def _person(self, request: Request) -> Person | None:
        return self.accounts.by_account_token(_token(request))


def _identity(request: Request, name: str) -> str | None:
    return request.headers.get(name) or request.query_params.get(name)


def _token(request: Request) -> str:
    return _identity(request, "X-Plex-Token") or ""


async def _fields(request: Request) -> dict[str, Any]:
    """The body's fields, whether it is a form or JSON; nothing when it is neither."""
    if "json" in request.headers.get("content-type", ""):
        try:
            document = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            return {}
        return document if isinstance(document, dict) else {}
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def _error(request: Request, status: int, code: int, message: str) -> Response:
    if wants_json(request):
        return json_reply({"errors": [{"code": code, "message": message, "status": status}]}, status)
    return xml_reply(f'<errors><error code="{code}" message="{message}" status="{status}"/></errors>', status)


def _unauthorized(request: Request) -> Response:
    return _error(request, 401, 1001, "User could not be authenticated")
