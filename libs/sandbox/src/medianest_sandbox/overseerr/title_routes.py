"""Search, discovery, and the pages of films and series."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from medianest_sandbox.catalogue import FILMS, GENRES, SERIES, Series, Title, find, search
from medianest_sandbox.overseerr.door import Door, Endpoint, number
from medianest_sandbox.overseerr.numbers import Mode, Permission
from medianest_sandbox.overseerr.records import Records, User
from medianest_sandbox.overseerr.replies import Refused, bad_input
from medianest_sandbox.overseerr.title_documents import TitleDocuments, season, similar
from medianest_sandbox.wire import json_reply

_PER_PAGE = 20
_RESERVED = set("!*'();:@&=+$,/?#[]")
_PAGE = ("page", "language")
_MATRIX_COLLECTION = 2344
_FILTERS = (
    "sortBy", "genre", "studio", "network", "keywords", "primaryReleaseDateGte", "primaryReleaseDateLte",
    "firstAirDateGte", "firstAirDateLte", "withRuntimeGte", "withRuntimeLte", "voteAverageGte", "voteAverageLte",
    "voteCountGte", "voteCountLte", "watchRegion", "watchProviders", "status",
)  # fmt: skip


class TitleRoutes:
    """Everything that in the real program comes from TMDB."""

    def __init__(self, door: Door, documents: TitleDocuments) -> None:
        self._door, self._documents = door, documents

    @property
    def _records(self) -> Records:
        return self._door.records

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        route, lists = self._door.route, self._lists()
        found: list[BaseRoute] = [
            route("/search", self.search, query=("query", *_PAGE)),
            *(route(f"/discover/{path}", endpoint, query=_PAGE + _FILTERS) for path, endpoint in lists.items()),
            route("/genres/movie", self._genres(FILMS), query=("language",)),
            route("/genres/tv", self._genres(SERIES), query=("language",)),
        ]
        for kind in ("movie", "tv"):
            found += [
                route(f"/{kind}/{{id:int}}", self._detail(kind), query=("language",)),
                route(f"/{kind}/{{id:int}}/recommendations", self._similar(kind), query=_PAGE),
                route(f"/{kind}/{{id:int}}/similar", self._similar(kind), query=_PAGE),
            ]
        return [*found, route("/tv/{id:int}/season/{season:int}", self.season, query=("language",))]

    async def search(self, request: Request, _: User | None) -> Response:
        """Titles by words; 400 when the query is not percent-encoded as it must be."""
        query = _checked_query(request)
        self._need_tmdb("Unable to retrieve search results.")
        collections = self._records.mode is Mode.SEERR and "matrix" in query.casefold().split()
        return self._page(request, _found(query), more=[_collection()] if collections else [])

    async def season(self, request: Request, _: User | None) -> Response:
        """The episodes of a season."""
        self._need_tmdb("Unable to retrieve season.")
        title, place = find("tv", request.path_params["id"]), request.path_params["season"]
        if not isinstance(title, Series) or not 1 <= place <= len(title.seasons):
            raise Refused(500, "Unable to retrieve season.")
        return json_reply(season(title, place))

    def _lists(self) -> dict[str, Endpoint]:
        popular: Callable[[Title], float] = lambda title: -title.popularity  # noqa: E731
        newest: Callable[[Title], str] = lambda title: _later(title.date)  # noqa: E731
        mixed = sorted((*FILMS, *SERIES), key=popular)
        return {
            "trending": self._list(mixed),
            "movies": self._list(sorted(FILMS, key=popular)),
            "movies/upcoming": self._list(sorted(FILMS, key=newest)[:_PER_PAGE]),
            "movies/genre/{genre:int}": self._by_genre(sorted(FILMS, key=popular)),
            "tv": self._list(sorted(SERIES, key=popular)),
            "tv/upcoming": self._list(sorted(SERIES, key=newest)[:_PER_PAGE]),
            "tv/genre/{genre:int}": self._by_genre(sorted(SERIES, key=popular)),
            "watchlist": self._list([]),
        }

    def _list(self, titles: Iterable[Title]) -> Endpoint:
        shelf = list(titles)

        async def answer(request: Request, _: User | None) -> Response:
            self._need_tmdb("Unable to retrieve popular movies.")
            wanted = request.query_params.get("genre", "")
            numbers = {int(part) for part in wanted.replace("|", ",").split(",") if part.isdigit()}
            chosen = [title for title in shelf if numbers <= {GENRES[genre] for genre in title.genres}]
            return self._page(request, chosen, keywords=[])

        return answer

    def _by_genre(self, titles: Iterable[Title]) -> Endpoint:
        shelf = list(titles)

        async def answer(request: Request, _: User | None) -> Response:
            genre = request.path_params["genre"]
            self._need_tmdb("Unable to retrieve movies by genre.")
            if genre not in GENRES.values():
                raise Refused(500, "Unable to retrieve movies by genre.")
            chosen = [title for title in shelf if genre in {GENRES[name] for name in title.genres}]
            return self._page(request, chosen)

        return answer

    def _genres(self, titles: Iterable[Title]) -> Endpoint:
        names = sorted({genre for title in titles for genre in title.genres})

        async def answer(_: Request, __: User | None) -> Response:
            return json_reply([{"id": GENRES[name], "name": name} for name in names])

        return answer

    def _detail(self, kind: str) -> Endpoint:
        async def answer(request: Request, user: User | None) -> Response:
            full = user is not None and user.may(Permission.MANAGE_USERS)
            return json_reply(self._documents.detail(self._title(kind, request), full=full))

        return answer

    def _similar(self, kind: str) -> Endpoint:
        async def answer(request: Request, _: User | None) -> Response:
            return self._page(request, similar(self._title(kind, request)))

        return answer

    def _title(self, kind: str, request: Request) -> Title:
        text = f"Unable to retrieve {'movie' if kind == 'movie' else 'series'}."
        self._need_tmdb(text)
        title = find(kind, request.path_params["id"])
        if title is None:
            raise Refused(500, text)
        return title

    def _need_tmdb(self, text: str) -> None:
        if self._door.switches.tmdb_down:
            raise Refused(500, text)

    def _page(
        self, request: Request, titles: list[Title], *, more: list[dict[str, Any]] | None = None, **facts: Any
    ) -> Response:
        """One page of titles, after which other kinds of results come."""
        page = max(1, number(request, "page", 1))
        hits: list[Title | dict[str, Any]] = [*titles, *(more or [])]
        shown = [
            self._documents.result(hit) if isinstance(hit, Title) else hit
            for hit in hits[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        ]
        pages = max(1, -(-len(hits) // _PER_PAGE))
        about = {"page": page, "totalPages": pages, "totalResults": len(hits), **facts}
        return json_reply(about | {"results": shown})


def _checked_query(request: Request) -> str:
    """The words asked for; the real program refuses a raw `+` and other reserved characters."""
    for part in request.url.query.split("&"):
        name, _, raw = part.partition("=")
        if name == "query":
            if _RESERVED & set(raw):
                text = "Parameter 'query' must be url encoded. Its value may not contain reserved characters."
                raise bad_input(".query.query", text)
            return unquote(raw)
    raise bad_input(".query.query", "must have required property 'query'")


def _found(query: str) -> list[Title]:
    prefix, _, rest = query.partition(":")
    if prefix == "tmdb" and rest.isdigit():
        return [title for kind in ("movie", "tv") if (title := find(kind, int(rest)))]
    if prefix == "tvdb" and rest.isdigit():
        return [title for title in SERIES if title.tvdb_id == int(rest)]
    year = next((word[5:] for word in query.split() if word.startswith("year:")), "")
    words = " ".join(word for word in query.split() if not word.startswith("year:"))
    return [title for title in search(words) if not year or str(title.year) == year]


def _later(date: str) -> str:
    """Sorts the newest first: the complement of the date's digits."""
    return date.translate(str.maketrans("0123456789", "9876543210"))


def _collection() -> dict[str, Any]:
    return {
        "id": _MATRIX_COLLECTION,
        "mediaType": "collection",
        "adult": False,
        "originalLanguage": "en",
        "originalTitle": "The Matrix Collection",
        "title": "The Matrix Collection",
        "overview": "Four films about a world that is not what it seems.",
        "backdropPath": "/backdrop-603.jpg",
        "posterPath": "/poster-603.jpg",
    }
