"""People, servers and shares as plex.tv writes them."""

from typing import Any

from medianest_sandbox.people import OTHER_MACHINE_IDENTIFIER, PEOPLE, Accounts, Person
from medianest_sandbox.wire import element

SERVER_NAME = "Sandbox"
SERVER_VERSION = "1.43.2.10687-sandbox"
_JOINED = 1_577_880_000


def user(person: Person, token: str, base: str) -> dict[str, Any]:
    """`/api/v2/user`: the account that a token belongs to."""
    home = person.role in {"owner", "home"}
    return {
        "id": person.id,
        "uuid": person.uuid,
        "username": person.username if person.role != "home" else "",
        "title": person.title,
        "email": person.email,
        "friendlyName": person.title,
        "locale": None,
        "confirmed": True,
        "joinedAt": _JOINED,
        "emailOnlyAuth": False,
        "hasPassword": person.role != "home",
        "protected": False,
        "thumb": avatar(person, base),
        "authToken": token,
        "mailingListStatus": None,
        "mailingListActive": False,
        "scrobbleTypes": "",
        "country": "XX",
        "subscription": _SUBSCRIPTION if person.role == "owner" else _NO_SUBSCRIPTION,
        "subscriptionDescription": None,
        "restricted": person.role == "home",
        "anonymous": None,
        "home": home,
        "guest": False,
        "homeSize": 2 if home else 1,
        "homeAdmin": person.role == "owner",
        "maxHomeSize": 15,
        "rememberExpiresAt": None,
        "profile": {"autoSelectAudio": True, "defaultAudioLanguage": "en", "defaultSubtitleLanguage": "en"},
        "entitlements": [],
        "roles": ["plexpass"] if person.role == "owner" else [],
        "services": [],
        "adsConsent": None,
        "twoFactorEnabled": False,
        "backupCodesCreated": False,
    }


def account(person: Person, token: str, base: str) -> dict[str, Any]:
    """`/users/account.json`: the older twin of the above."""
    subscription = _SUBSCRIPTION if person.role == "owner" else _NO_SUBSCRIPTION
    return {
        "user": {
            "id": person.id,
            "uuid": person.uuid,
            "email": person.email,
            "joined_at": "2020-01-01T12:00:00.000Z",
            "username": person.username,
            "title": person.title,
            "thumb": avatar(person, base),
            "hasPassword": person.role != "home",
            "authToken": token,
            "authentication_token": token,
            "subscription": subscription,
            "roles": {"roles": ["plexpass"] if person.role == "owner" else []},
            "entitlements": [],
            "confirmedAt": "2020-01-01T12:00:00.000Z",
            "forumId": None,
            "rememberMe": False,
        }
    }


def avatar(person: Person, base: str) -> str:
    """Where this person's picture is."""
    return f"{base}/plextv/users/{person.uuid}/avatar"


def resources(person: Person, accounts: Accounts, base: str) -> list[dict[str, Any]]:
    """`/api/v2/resources`: the servers and players of an account."""
    found = [_player(person)]
    if accounts.has_access(person):
        found.insert(0, _server(person, accounts, base))
    if person.role == "elsewhere":
        found.insert(0, _other_server(person))
    return found


def _server(person: Person, accounts: Accounts, base: str) -> dict[str, Any]:
    owned = person.role == "owner"
    address = base.removeprefix("http://").removeprefix("https://")
    host, _, port = address.rpartition(":")
    connection = {
        "protocol": base.partition(":")[0],
        "address": host or address,
        "port": int(port) if port.isdigit() else 80,
        "uri": f"{base}/plex",
        "local": True,
        "relay": False,
        "IPv6": False,
    }
    return _device(
        name=SERVER_NAME,
        product="Plex Media Server",
        identifier=accounts.machine_identifier,
        provides="server",
        owned=owned,
        home=person.role in {"owner", "home"},
        ownerId=None if owned else PEOPLE[0].id,
        sourceTitle=None if owned else PEOPLE[0].username,
        accessToken=accounts.server_token(person),
        connections=[connection],
    )


def _other_server(person: Person) -> dict[str, Any]:
    return _device(
        name="Attic",
        product="Plex Media Server",
        identifier=OTHER_MACHINE_IDENTIFIER,
        provides="server",
        owned=True,
        accessToken=f"attic-{person.uuid}",
        connections=[],
    )


def _player(person: Person) -> dict[str, Any]:
    return _device(
        name=f"{person.title}'s browser",
        product="Plex Web",
        identifier=f"player-{person.uuid}",
        provides="client,player,pubsub-player",
        owned=True,
        accessToken=None,
        connections=[],
    )


def _device(*, name: str, product: str, identifier: str, provides: str, owned: bool, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "product": product,
        "productVersion": SERVER_VERSION,
        "platform": "Linux",
        "platformVersion": "6.8",
        "device": "PC",
        "clientIdentifier": identifier,
        "createdAt": "2020-01-01T12:00:00Z",
        "lastSeenAt": "2026-01-01T12:00:00Z",
        "provides": provides,
        "ownerId": None,
        "sourceTitle": None,
        "publicAddress": "127.0.0.1",
        "accessToken": None,
        "owned": owned,
        "home": False,
        "synced": False,
        "relay": False,
        "presence": True,
        "httpsRequired": False,
        "publicAddressMatches": True,
        "dnsRebindingProtection": False,
        "natLoopbackSupported": False,
        **more,
    }


def shared_people(accounts: Accounts) -> list[Person]:
    """Everybody but the owner who may use the server."""
    return [person for person in accounts.people if person.role != "owner" and accounts.has_access(person)]


def users_xml(accounts: Accounts, base: str) -> str:
    """`/api/users`: the owner's friends and home users, with the servers shared with them (XML only)."""
    friends = [_friend(person, accounts, base) for person in accounts.people if person.role in {"shared", "home"}]
    head = {
        "friendlyName": "myPlex",
        "identifier": "com.plexapp.plugins.myplex",
        "machineIdentifier": accounts.machine_identifier,
        "totalSize": len(friends),
        "size": len(friends),
    }
    return element("MediaContainer", {**head, "User": friends})


def _friend(person: Person, accounts: Accounts, base: str) -> dict[str, Any]:
    server = {
        "id": 500_000 + person.id,
        "serverId": 42,
        "machineIdentifier": accounts.machine_identifier,
        "name": SERVER_NAME,
        "lastSeenAt": _JOINED,
        "numLibraries": len(person.sections) if person.sections else 3,
        "allLibraries": person.sections is None,
        "owned": False,
        "pending": False,
    }
    return {
        "id": person.id,
        "title": person.title,
        "username": "" if person.role == "home" else person.username,
        "email": person.email or "",
        "thumb": avatar(person, base),
        "home": person.role == "home",
        "restricted": person.role == "home",
        "protected": False,
        "Server": [server] if accounts.has_access(person) else [],
    }


def shared_servers_xml(accounts: Accounts) -> str:
    """`/api/servers/{id}/shared_servers`: each person's own token for the server (XML only)."""
    shares = [
        {
            "id": 500_000 + person.id,
            "username": person.username,
            "email": person.email or "",
            "userID": person.id,
            "accessToken": accounts.server_token(person),
            "name": SERVER_NAME,
            "acceptedAt": _JOINED,
            "allLibraries": person.sections is None,
        }
        for person in shared_people(accounts)
    ]
    head = {"machineIdentifier": accounts.machine_identifier, "size": len(shares)}
    return element("MediaContainer", {**head, "SharedServer": shares})


_SUBSCRIPTION: dict[str, Any] = {
    "active": True,
    "subscribedAt": None,
    "status": "Active",
    "plan": "lifetime",
    "features": ["pass"],
}
_NO_SUBSCRIPTION: dict[str, Any] = {
    "active": False,
    "subscribedAt": None,
    "status": "Inactive",
    "plan": None,
    "features": [],
}
