"""Users, titles, media and requests as Overseerr writes them."""

from datetime import UTC, datetime
from typing import Any

from medianest_sandbox.catalogue import find
from medianest_sandbox.overseerr.numbers import MediaStatus, Mode, Permission, RequestStatus
from medianest_sandbox.overseerr.records import Media, MediaRequest, Records, User, stamp
from medianest_sandbox.people import MACHINE_IDENTIFIER, Accounts

_FETCH_SECONDS = 900
_NEVER = {"serviceId": None, "serviceId4k": None, "externalServiceId": None, "externalServiceId4k": None}


class Documents:
    """Writes answers from the records, in the dialect of the mode."""

    def __init__(self, records: Records, accounts: Accounts, base: str) -> None:
        self._records, self._accounts, self._base = records, accounts, base

    @property
    def _seerr(self) -> bool:
        return self._records.mode is Mode.SEERR

    def user(self, user: User, *, full: bool) -> dict[str, Any]:
        """An account; e-mail and Plex id only for those with rights."""
        person = self._accounts.numbered(user.plex_id)
        count = sum(each.user_id == user.id for each in self._records.requests.values())
        document: dict[str, Any] = {
            "permissions": user.permissions,
            "warnings": [],
            "id": user.id,
            "email": user.email,
            "plexUsername": user.name if user.plex_id else None,
            "jellyfinUsername": None,
            "username": None if user.plex_id else user.name,
            "recoveryLinkExpirationDate": None,
            "userType": 1 if user.plex_id else 2,
            "plexId": user.plex_id,
            "jellyfinUserId": None,
            "avatar": f"{self._base}/plextv/users/{person.uuid}/avatar" if person else "",
            "avatarETag": None,
            "avatarVersion": None,
            "movieQuotaLimit": user.movie_limit,
            "movieQuotaDays": user.movie_days,
            "tvQuotaLimit": user.tv_limit,
            "tvQuotaDays": user.tv_days,
            "createdAt": user.created,
            "updatedAt": user.created,
            "requestCount": count,
            "displayName": user.name,
        }
        hidden = set() if full else {"email", "plexId", "jellyfinUserId", "recoveryLinkExpirationDate"}
        if not self._seerr:
            hidden |= {"jellyfinUsername", "jellyfinUserId", "avatarETag", "avatarVersion"}
        return {name: value for name, value in document.items() if name not in hidden}

    def media(self, media: Media, *, downloads: bool = True) -> dict[str, Any]:
        """What is known of a title, without its requests."""
        document: dict[str, Any] = {
            "downloadStatus": self._fetching(media) if downloads else [],
            "downloadStatus4k": [],
            "id": media.id,
            "mediaType": media.kind,
            "tmdbId": media.tmdb_id,
            "tvdbId": media.tvdb_id,
            "imdbId": None,
            "status": int(media.status),
            "status4k": int(media.status4k),
            "createdAt": media.created,
            "updatedAt": media.updated,
            "lastSeasonChange": media.updated,
            "mediaAddedAt": media.added,
            **_NEVER,
            "externalServiceSlug": None,
            "externalServiceSlug4k": None,
            "ratingKey": media.rating_key,
            "ratingKey4k": media.rating_key if media.status4k == MediaStatus.AVAILABLE else None,
        }
        if self._seerr:
            document |= {"jellyfinMediaId": None, "jellyfinMediaId4k": None}
        if media.rating_key:
            document |= self._links(media)
        return document

    def _links(self, media: Media) -> dict[str, str]:
        key = f"%2Flibrary%2Fmetadata%2F{media.rating_key}"
        link = f"https://app.plex.tv/desktop#!/server/{MACHINE_IDENTIFIER}/details?key={key}"
        ios = f"plex://preplay/?metadataKey={key}&server={MACHINE_IDENTIFIER}"
        names = ("mediaUrl",) if self._seerr else ("mediaUrl", "plexUrl")
        return {**dict.fromkeys(names, link), "iOSPlexUrl": ios}

    def media_in_detail(self, media: Media, *, full: bool) -> dict[str, Any]:
        """What a title's own page shows: seasons and requests too."""
        requests = [self.request(each, full=full) for each in self._records.requests_for(media)]
        return self.media(media) | {"requests": requests, "issues": [], "seasons": self._seasons(media)}

    def _seasons(self, media: Media) -> list[dict[str, Any]]:
        return [
            {"id": media.id * 100 + number, "seasonNumber": number, "status": states[0], "status4k": states[1]}
            | {"createdAt": media.created, "updatedAt": media.updated}
            for number, states in sorted(media.seasons.items())
        ]

    def request(self, request: MediaRequest, *, full: bool = True, in_list: bool = False) -> dict[str, Any]:
        """A request; it has no title."""
        media = self._records.media[request.media_id]
        modifier = self._records.users.get(request.modified_by or 0)
        document: dict[str, Any] = {
            "id": request.id,
            "status": int(request.status),
            "createdAt": request.created,
            "updatedAt": request.updated,
            "type": request.kind,
            "is4k": request.is4k,
            "serverId": None,
            "profileId": None,
            "rootFolder": None,
            "languageProfileId": None,
            "tags": None,
            "isAutoRequest": False,
            "media": self.media(media),
            "requestedBy": self.user(self._records.users[request.user_id], full=full),
            "modifiedBy": self.user(modifier, full=full) if modifier else None,
            "seasons": [self._requested_season(request, number) for number in request.seasons],
            "seasonCount": len(request.seasons),
        }
        if in_list and self._seerr:
            document["canRemove"] = False
        return document

    def one(self, request: MediaRequest, *, full: bool = True) -> dict[str, Any]:
        """A request on its own page: with the seasons of its title, and empty settings of each user."""
        document = self.request(request, full=full)
        document["media"]["seasons"] = self._seasons(self._records.media[request.media_id])
        for name in ("requestedBy", "modifiedBy"):
            if document[name]:
                document[name]["settings"] = None
        return document

    def created(self, request: MediaRequest) -> dict[str, Any]:
        """A request in the answer that made it, which leaves out what is not there yet."""
        document = self.one(request)
        del document["media"]["seasons"]
        for name in ("modifiedBy", "seasons", "seasonCount"):
            if not document[name]:
                del document[name]
        return document

    def _requested_season(self, request: MediaRequest, number: int) -> dict[str, Any]:
        media = self._records.media[request.media_id]
        there = media.seasons.get(number, [1, 1])[request.is4k] == MediaStatus.AVAILABLE
        done = self._seerr and there and request.status in {RequestStatus.APPROVED, RequestStatus.COMPLETED}
        return {
            "id": request.id * 100 + number,
            "seasonNumber": number,
            "status": int(RequestStatus.COMPLETED if done else request.status),
            "createdAt": request.created,
            "updatedAt": request.updated,
        }

    def _fetching(self, media: Media) -> list[dict[str, Any]]:
        """What the download program says while a title is being fetched."""
        if not media.fetching_since or media.status not in {MediaStatus.PROCESSING, MediaStatus.PARTIALLY_AVAILABLE}:
            return []
        title = find(media.kind, media.tmdb_id)
        started = datetime.strptime(media.fetching_since, "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)
        share = min(0.95, max(0.02, (datetime.now(UTC) - started).total_seconds() / _FETCH_SECONDS))
        size = (title.minutes if title else 100) * 40_000_000
        left = round(_FETCH_SECONDS * (1 - share))
        return [
            {
                "externalId": media.id,
                "estimatedCompletionTime": stamp(datetime.fromtimestamp(started.timestamp() + _FETCH_SECONDS, UTC)),
                "mediaType": media.kind,
                "size": size,
                "sizeLeft": round(size * (1 - share)),
                "status": "downloading",
                "timeLeft": f"{left // 3600:02}:{left % 3600 // 60:02}:{left % 60:02}",
                "title": title.name if title else "",
            }
        ]

    def may_see_all(self, user: User) -> bool:
        """Whether the user sees other people's requests."""
        return user.may(Permission.MANAGE_REQUESTS, Permission.REQUEST_VIEW)
