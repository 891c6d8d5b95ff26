"""What happens to requests: who may make them, when they are refused, how they move on."""

from collections.abc import Callable
from dataclasses import dataclass

from medianest_sandbox.catalogue import Series, Title, find
from medianest_sandbox.overseerr.numbers import Kind, MediaStatus, Mode, Permission, RequestStatus
from medianest_sandbox.overseerr.records import Media, MediaRequest, Records, User, stamp
from medianest_sandbox.overseerr.replies import Refused

Notify = Callable[[Kind, Media, MediaRequest], None]
Shelve = Callable[[Media], None]

_GONE_OR_NEVER = {MediaStatus.UNKNOWN, MediaStatus.DELETED}


@dataclass(frozen=True)
class Wish:
    """The body of a new request, checked for its shape."""

    kind: str
    tmdb_id: int
    is4k: bool | None
    seasons: list[int] | str | None
    user_id: int | None


class Requesting:
    """The rules. `notify` sends a notification, `shelve` tells the media server what it holds now."""

    def __init__(self, records: Records, *, notify: Notify, shelve: Shelve) -> None:
        self._records, self._notify, self._shelve = records, notify, shelve

    def create(self, acting: User, wish: Wish) -> MediaRequest | None:
        """Make the request; None when every season is already asked for. Raises Refused."""
        owner = self._owner(acting, wish)
        self._check_permission(owner, wish)
        self._check_quota(owner, wish.kind)
        title = find(wish.kind, wish.tmdb_id)
        if title is None:
            raise Refused(500, f"Unable to retrieve {'movie' if wish.kind == 'movie' else 'series'}.")
        known = self._records.find_media(wish.kind, wish.tmdb_id)
        if known and known.status == MediaStatus.BLOCKLISTED:
            raise Refused(403, "This media is blocklisted.")
        is4k = bool(wish.is4k)
        seasons = self._seasons(known, title, wish)
        if seasons is None:
            return None
        self._check_quota(owner, wish.kind, more=len(seasons))
        media = known or self._records.media_of(wish.kind, wish.tmdb_id, getattr(title, "tvdb_id", None))
        approved = self._approves_itself(acting, wish.kind, is4k=is4k)
        request = self._records.add_request(
            media_id=media.id,
            kind=wish.kind,
            is4k=is4k,
            status=RequestStatus.APPROVED if approved else RequestStatus.PENDING,
            user_id=owner.id,
            seasons=seasons,
            modified_by=acting.id if approved else None,
        )
        if media.state(is4k=is4k) in _GONE_OR_NEVER:
            media.set_state(MediaStatus.PENDING, is4k=is4k)
        if approved:
            self._start_fetching(request)
        self._notify(Kind.MEDIA_AUTO_APPROVED if approved else Kind.MEDIA_PENDING, media, request)
        self._records.save()
        return request

    def decide(self, request: MediaRequest, decision: str, by: User) -> None:
        """Approve, decline, or put back to pending; a failed one is tried again with `retry`."""
        media = self._records.media[request.media_id]
        request.modified_by, request.updated = by.id, stamp()
        if decision in {"approve", "retry"}:
            request.status = RequestStatus.APPROVED
            self._start_fetching(request)
            if decision == "approve":
                self._notify(Kind.MEDIA_APPROVED, media, request)
        elif decision == "decline":
            request.status = RequestStatus.DECLINED
            if media.kind == "movie" and media.state(is4k=request.is4k) < MediaStatus.PARTIALLY_AVAILABLE:
                media.set_state(MediaStatus.UNKNOWN, is4k=request.is4k)
            self._notify(Kind.MEDIA_DECLINED, media, request)
        else:
            request.status = RequestStatus.PENDING
        self._records.save()

    def fail(self, request: MediaRequest) -> None:
        """The download program refused the request."""
        request.status, request.updated = RequestStatus.FAILED, stamp()
        media = self._records.media[request.media_id]
        media.set_state(MediaStatus.UNKNOWN, is4k=request.is4k)
        self._notify(Kind.MEDIA_FAILED, media, request)
        self._records.save()

    def delete(self, request: MediaRequest) -> None:
        """Forget the request; a title nobody waits for any more is unknown again."""
        self._records.requests.pop(request.id, None)
        media = self._records.media[request.media_id]
        waiting = [each for each in self._records.requests_for(media) if each.open and each.is4k == request.is4k]
        if not waiting and media.state(is4k=request.is4k) < MediaStatus.PARTIALLY_AVAILABLE:
            media.set_state(MediaStatus.UNKNOWN, is4k=request.is4k)
        self._records.save()

    def set_media(self, media: Media, status: MediaStatus, *, is4k: bool, seasons: list[int] | None = None) -> None:
        """Change what is known of a title, tell the media server, finish and announce the requests this fulfils."""
        status = self._known_status(status)
        waiting = [
            each
            for each in self._records.requests_for(media)
            if each.is4k == is4k and each.status == RequestStatus.APPROVED and not self._fulfilled(media, each)
        ]
        if media.kind == "tv":
            status = _set_seasons(media, status, is4k=is4k, only=seasons)
        media.set_state(status, is4k=is4k)
        if status in {MediaStatus.AVAILABLE, MediaStatus.PARTIALLY_AVAILABLE}:
            media.added = stamp()
        self._shelve(media)
        for request in waiting:
            if self._fulfilled(media, request):
                self._complete(media, request)
        self._records.save()

    def _complete(self, media: Media, request: MediaRequest) -> None:
        request.updated = stamp()
        if self._records.mode is Mode.SEERR:
            request.status = RequestStatus.COMPLETED
        self._notify(Kind.MEDIA_AVAILABLE, media, request)

    def _fulfilled(self, media: Media, request: MediaRequest) -> bool:
        if media.kind == "movie":
            return media.state(is4k=request.is4k) == MediaStatus.AVAILABLE
        return all(_season(media, number, is4k=request.is4k) == MediaStatus.AVAILABLE for number in request.seasons)

    def _known_status(self, status: MediaStatus) -> MediaStatus:
        if self._records.mode is Mode.OVERSEERR and status > MediaStatus.AVAILABLE:
            return MediaStatus.UNKNOWN
        return status

    def _owner(self, acting: User, wish: Wish) -> User:
        if wish.user_id is None or wish.user_id == acting.id:
            return acting
        if not (acting.may(Permission.MANAGE_USERS) and acting.may(Permission.MANAGE_REQUESTS)):
            raise Refused(403, "You do not have permission to modify the request user.")
        owner = self._records.users.get(wish.user_id)
        if owner is None:
            raise Refused(500, "User missing from request context.")
        return owner

    def _check_permission(self, owner: User, wish: Wish) -> None:
        movie = wish.kind == "movie"
        normal = (Permission.REQUEST, Permission.REQUEST_MOVIE if movie else Permission.REQUEST_TV)
        in_4k = (Permission.REQUEST_4K, Permission.REQUEST_4K_MOVIE if movie else Permission.REQUEST_4K_TV)
        if not owner.may(*(in_4k if wish.is4k else normal)):
            what = f"{'4K ' if wish.is4k else ''}{'movie' if movie else 'series'}"
            raise Refused(403, f"You do not have permission to make {what} requests.")

    def _check_quota(self, owner: User, kind: str, *, more: int = 1) -> None:
        limit = owner.movie_limit if kind == "movie" else owner.tv_limit
        free = owner.may(Permission.MANAGE_USERS)
        if limit and not free and self._records.used(owner, kind) + max(1, more) > limit:
            raise Refused(403, f"{'Movie' if kind == 'movie' else 'Series'} Quota exceeded.")

    def _seasons(self, media: Media | None, title: Title, wish: Wish) -> list[int] | None:
        """The seasons to ask for, none for a film; None when all are taken. Raises Refused for a film twice."""
        earlier = self._records.requests_for(media) if media else []
        same = [each for each in earlier if each.open and (wish.is4k is None or each.is4k == wish.is4k)]
        if not isinstance(title, Series):
            if same and wish.is4k is not None:
                raise Refused(409, "Request for this media already exists.")
            return []
        every = list(range(1, len(title.seasons) + 1))
        wanted = every if wish.seasons in (None, "all") else [n for n in wish.seasons or [] if n in every]
        is4k = bool(wish.is4k)
        taken = {n for each in same if wish.is4k is not None for n in each.seasons}
        if media:
            taken |= {n for n, states in media.seasons.items() if states[is4k] not in _GONE_OR_NEVER}
        left = sorted({n for n in wanted if isinstance(n, int)} - taken)
        return left or None

    def _approves_itself(self, acting: User, kind: str, *, is4k: bool) -> bool:
        movie = kind == "movie"
        normal = (Permission.AUTO_APPROVE, Permission.AUTO_APPROVE_MOVIE if movie else Permission.AUTO_APPROVE_TV)
        in_4k = (
            Permission.AUTO_APPROVE_4K,
            Permission.AUTO_APPROVE_4K_MOVIE if movie else Permission.AUTO_APPROVE_4K_TV,
        )
        return acting.may(Permission.MANAGE_REQUESTS, *(in_4k if is4k else normal))

    def _start_fetching(self, request: MediaRequest) -> None:
        """An approved request's title is being fetched, unless it is there already."""
        media = self._records.media[request.media_id]
        for number in request.seasons:
            states = media.seasons.setdefault(number, [MediaStatus.UNKNOWN, MediaStatus.UNKNOWN])
            if states[request.is4k] != MediaStatus.AVAILABLE:
                states[request.is4k] = MediaStatus.PROCESSING
        if media.state(is4k=request.is4k) < MediaStatus.PARTIALLY_AVAILABLE or _gone(media, is4k=request.is4k):
            media.set_state(MediaStatus.PROCESSING, is4k=request.is4k)
        media.fetching_since = stamp()


def _set_seasons(media: Media, status: MediaStatus, *, is4k: bool, only: list[int] | None) -> MediaStatus:
    """Change the seasons named, or all, and say what this makes of the series.

    A series that becomes partly available without naming seasons gets its first one."""
    title = find("tv", media.tmdb_id)
    numbers = range(1, len(title.seasons) + 1) if isinstance(title, Series) else range(0)
    chosen = set(numbers if only is None else only)
    each = status
    if status == MediaStatus.PARTIALLY_AVAILABLE:
        chosen, each = set(only or [1]), MediaStatus.AVAILABLE
    for number in chosen & set(numbers):
        media.seasons.setdefault(number, [MediaStatus.UNKNOWN, MediaStatus.UNKNOWN])[is4k] = each
    if each != MediaStatus.AVAILABLE:
        return status
    whole = all(_season(media, number, is4k=is4k) == MediaStatus.AVAILABLE for number in numbers)
    return MediaStatus.AVAILABLE if whole else MediaStatus.PARTIALLY_AVAILABLE


def _gone(media: Media, *, is4k: bool) -> bool:
    return media.state(is4k=is4k) == MediaStatus.DELETED


def _season(media: Media, number: int, *, is4k: bool) -> int:
    return media.seasons.get(number, [MediaStatus.UNKNOWN, MediaStatus.UNKNOWN])[is4k]
