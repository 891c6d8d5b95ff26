"""Users, media and requests as they are kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from medianest_sandbox import people
from medianest_sandbox.catalogue import SERIES
from medianest_sandbox.overseerr.numbers import MediaStatus, Mode, Permission, RequestStatus
from medianest_sandbox.people import Person
from medianest_sandbox.plex import stock
from medianest_sandbox.state import StateFolder

_STATE = "overseerr"


def stamp(moment: datetime | None = None) -> str:
    """A time as it is written: UTC, whole seconds, `.000Z`."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class User:
    """An account here; `plex_id` ties it to a Plex account."""

    id: int
    plex_id: int | None
    name: str
    email: str
    permissions: int
    movie_limit: int | None = None
    movie_days: int | None = None
    tv_limit: int | None = None
    tv_days: int | None = None
    created: str = field(default_factory=stamp)

    def may(self, *any_of: Permission) -> bool:
        """Whether the user has one of these permissions, or all of them as ADMIN."""
        return any(self.permissions & permission for permission in (Permission.ADMIN, *any_of))


@dataclass
class Media:
    """What is known of a title; `seasons` maps a season's number to its status and its status in 4K."""

    id: int
    kind: str
    tmdb_id: int
    tvdb_id: int | None = None
    status: int = MediaStatus.UNKNOWN
    status4k: int = MediaStatus.UNKNOWN
    seasons: dict[int, list[int]] = field(default_factory=dict)
    rating_key: str | None = None
    fetching_since: str | None = None
    created: str = field(default_factory=stamp)
    updated: str = field(default_factory=stamp)
    added: str = field(default_factory=stamp)

    def state(self, *, is4k: bool) -> int:
        """The status, or the one in 4K."""
        return self.status4k if is4k else self.status

    def set_state(self, status: int, *, is4k: bool) -> None:
        """Change the status, or the one in 4K."""
        if is4k:
            self.status4k = status
        else:
            self.status = status
        self.updated = stamp()


@dataclass
class MediaRequest:
    """Somebody's wish; `seasons` are numbers, empty for films."""

    id: int
    media_id: int
    kind: str
    is4k: bool
    status: int
    user_id: int
    seasons: list[int] = field(default_factory=list)
    modified_by: int | None = None
    created: str = field(default_factory=stamp)
    updated: str = field(default_factory=stamp)

    @property
    def open(self) -> bool:
        """Whether it stands in the way of another one for the same thing."""
        return self.status not in {RequestStatus.DECLINED, RequestStatus.COMPLETED}


class Records:
    """Everything that Overseerr remembers between runs."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        self.mode = Mode.SEERR
        self.users: dict[int, User] = {}
        self.media: dict[int, Media] = {}
        self.requests: dict[int, MediaRequest] = {}
        self.webhook: dict[str, Any] | None = None
        self._next = {"media": 1, "request": 1}
        if not self._load():
            self.first_day()

    def first_day(self) -> None:
        """The owner and alice have accounts; what Plex holds is available."""
        self.mode, self.webhook = Mode.SEERR, None
        self.users, self.media, self.requests = {}, {}, {}
        self._next = {"media": 1, "request": 1}
        self.add_user(people.BY_NAME["owner"], Permission.ADMIN)
        self.add_user(people.BY_NAME["alice"], Permission.REQUEST | Permission.REQUEST_4K_MOVIE)
        for film in stock.films_at_first():
            media = self.media_of("movie", film.tmdb_id)
            media.status = MediaStatus.AVAILABLE
            media.status4k = MediaStatus.AVAILABLE if stock.is_4k_at_first(film) else MediaStatus.UNKNOWN
            media.rating_key = stock.film_item(film, 0).key
        for tmdb_id, there in stock.seasons_at_first().items():
            self._stock_series(tmdb_id, there)
        self.save()

    def _stock_series(self, tmdb_id: int, there: int) -> None:
        series = next(each for each in SERIES if each.tmdb_id == tmdb_id)
        media = self.media_of("tv", tmdb_id, series.tvdb_id)
        whole = there == len(series.seasons)
        media.status = MediaStatus.AVAILABLE if whole else MediaStatus.PARTIALLY_AVAILABLE
        media.seasons = {number: [MediaStatus.AVAILABLE, MediaStatus.UNKNOWN] for number in range(1, there + 1)}
        media.rating_key = stock.show_key(series)

    def add_user(self, person: Person, permissions: int = Permission.REQUEST) -> User:
        """Give a Plex account an account here."""
        number = max(self.users, default=0) + 1
        email = person.email or f"{person.username}@plex.invalid"
        user = User(number, person.id, person.username, email, int(permissions))
        self.users[user.id] = user
        return user

    def media_of(self, kind: str, tmdb_id: int, tvdb_id: int | None = None) -> Media:
        """What is known of a title, made when nothing was."""
        media = self.find_media(kind, tmdb_id)
        if media is None:
            media = Media(self._next["media"], kind, tmdb_id, tvdb_id)
            self._next["media"] += 1
            self.media[media.id] = media
        return media

    def find_media(self, kind: str, tmdb_id: int) -> Media | None:
        """What is known of a title, or None."""
        return next((each for each in self.media.values() if (each.kind, each.tmdb_id) == (kind, tmdb_id)), None)

    def add_request(self, **fields: Any) -> MediaRequest:
        """Keep a new request."""
        request = MediaRequest(id=self._next["request"], **fields)
        self._next["request"] += 1
        self.requests[request.id] = request
        return request

    def requests_for(self, media: Media) -> list[MediaRequest]:
        """All requests for a title, oldest first."""
        return [each for each in self.requests.values() if each.media_id == media.id]

    def used(self, user: User, kind: str) -> int:
        """How much of the quota is used: films, or seasons of series, that were not declined, in the last days."""
        days = user.movie_days if kind == "movie" else user.tv_days
        since = stamp(datetime.now(UTC) - timedelta(days=days or 7))
        counts: Callable[[MediaRequest], int] = lambda each: 1 if kind == "movie" else len(each.seasons)  # noqa: E731
        return sum(
            counts(each)
            for each in self.requests.values()
            if each.user_id == user.id
            and each.kind == kind
            and each.status != RequestStatus.DECLINED
            and each.created >= since
        )

    def save(self) -> None:
        """Write everything to the state folder."""
        document = {
            "mode": self.mode,
            "webhook": self.webhook,
            "next": self._next,
            "users": [vars(each) for each in self.users.values()],
            "media": [_plain(each) for each in self.media.values()],
            "requests": [vars(each) for each in self.requests.values()],
        }
        self._state.save(_STATE, document)

    def _load(self) -> bool:
        saved = self._state.load(_STATE)
        if not saved:
            return False
        self.mode, self.webhook, self._next = Mode(saved["mode"]), saved["webhook"], saved["next"]
        self.users = {row["id"]: User(**row) for row in saved["users"]}
        self.requests = {row["id"]: MediaRequest(**row) for row in saved["requests"]}
        for row in saved["media"]:
            seasons = {int(number): states for number, states in row.pop("seasons").items()}
            self.media[row["id"]] = Media(**row, seasons=seasons)
        return True


def _plain(media: Media) -> dict[str, Any]:
    return vars(media) | {"seasons": {str(number): states for number, states in media.seasons.items()}}
