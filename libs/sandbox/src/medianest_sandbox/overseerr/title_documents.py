"""Films and series as Overseerr writes them, with what is known of each."""

from typing import Any

from medianest_sandbox.catalogue import FILMS, GENRES, SERIES, Film, Series, Title
from medianest_sandbox.overseerr.cast import credits_of
from medianest_sandbox.overseerr.documents import Documents
from medianest_sandbox.overseerr.records import Records

_GROWN_UP = {"Horror", "Crime", "War", "War & Politics", "Thriller"}
_FILM_RATINGS = ("PG", "PG-13", "R")
_SERIES_RATINGS = ("TV-PG", "TV-14", "TV-MA")
_PROVIDERS: dict[str, Any] = {
    "iso_3166_1": "US",
    "link": "",
    "buy": [],
    "flatrate": [{"displayPriority": 1, "logoPath": "/profile-1.jpg", "id": 1, "name": "Sandbox Stream"}],
}


class TitleDocuments:
    """Writes titles, joined with the records."""

    def __init__(self, records: Records, documents: Documents) -> None:
        self._records, self._documents = records, documents

    def result(self, title: Title) -> dict[str, Any]:
        """A title in search results and lists; `mediaInfo` only when something is known of it."""
        document: dict[str, Any] = {
            "id": title.tmdb_id,
            "mediaType": title.kind,
            "genreIds": [GENRES[genre] for genre in title.genres],
            "originalLanguage": "en",
            "overview": title.overview,
            "popularity": title.popularity,
            "voteAverage": title.vote,
            "voteCount": 500 + title.tmdb_id * 37 % 19_000,
            "backdropPath": f"/backdrop-{title.image_key}.jpg",
            "posterPath": f"/poster-{title.image_key}.jpg",
        }
        if isinstance(title, Series):
            names = {"name": title.name, "originalName": title.name}
            document |= {**names, "firstAirDate": title.date, "originCountry": ["US"]}
        else:
            names = {"title": title.name, "originalTitle": title.name}
            document |= {**names, "releaseDate": title.date, "adult": False, "video": False}
        known = self._records.find_media(title.kind, title.tmdb_id)
        return document | ({"mediaInfo": self._documents.media(known)} if known else {})

    def detail(self, title: Title, *, full: bool) -> dict[str, Any]:
        """A title's own page."""
        document = self.result(title)
        for name in ("mediaType", "genreIds", "mediaInfo"):
            document.pop(name, None)
        known = self._records.find_media(title.kind, title.tmdb_id)
        document |= {
            "genres": [{"id": GENRES[genre], "name": genre} for genre in title.genres],
            "relatedVideos": [],
            "homepage": "",
            "tagline": "",
            "productionCompanies": [{"id": 1, "name": "Sandbox Pictures", "originCountry": "US", "logoPath": None}],
            "productionCountries": [{"iso_3166_1": "US", "name": "United States of America"}],
            "credits": credits_of(title),
            "keywords": [{"id": GENRES[genre], "name": genre.lower()} for genre in title.genres],
            "watchProviders": [_PROVIDERS],
            "onUserWatchlist": False,
        }
        document |= self._series(title) if isinstance(title, Series) else self._film(title)
        return document | ({"mediaInfo": self._documents.media_in_detail(known, full=full)} if known else {})

    def _film(self, title: Title) -> dict[str, Any]:
        language = {"english_name": "English", "iso_639_1": "en", "name": "English"}
        return {
            "imdbId": None,
            "runtime": title.minutes,
            "budget": 0,
            "revenue": 0,
            "status": "Released",
            "releases": {"results": [{"iso_3166_1": "US", "release_dates": [_release(title)]}]},
            "spokenLanguages": [language],
            "externalIds": {"imdbId": None, "tvdbId": None, "facebookId": None, "instagramId": None, "twitterId": None},
        }

    def _series(self, title: Series) -> dict[str, Any]:
        language = {"englishName": "English", "iso_639_1": "en", "name": "English"}
        return {
            "createdBy": [],
            "episodeRunTime": [title.minutes],
            "inProduction": False,
            "languages": ["en"],
            "lastAirDate": title.last_date,
            "networks": [{"id": 1, "name": title.network, "originCountry": "US", "logoPath": None}],
            "numberOfEpisodes": sum(title.seasons),
            "numberOfSeasons": len(title.seasons),
            "contentRatings": {"results": [{"iso_3166_1": "US", "rating": _rating(title, _SERIES_RATINGS)}]},
            "spokenLanguages": [language],
            "seasons": [season_head(title, number) for number in range(1, len(title.seasons) + 1)],
            "lastEpisodeToAir": season(title, len(title.seasons))["episodes"][-1],
            "status": "Ended" if title.last_date < "2024" else "Returning Series",
            "type": "Scripted",
            "externalIds": {
                "imdbId": None, "tvdbId": title.tvdb_id, "facebookId": None, "instagramId": None, "twitterId": None,
            },
        }  # fmt: skip


def _release(title: Title) -> dict[str, Any]:
    return {
        "certification": _rating(title, _FILM_RATINGS),
        "iso_639_1": "",
        "release_date": f"{title.date}T00:00:00.000Z",
        "type": 3,
    }


def _rating(title: Title, ratings: tuple[str, str, str]) -> str:
    """For whom the title is, judged by its genres: everybody, nearly everybody, grown-ups."""
    if "Family" in title.genres:
        return ratings[0]
    return ratings[2] if _GROWN_UP & set(title.genres) else ratings[1]


def season_head(title: Series, number: int) -> dict[str, Any]:
    """A season in its series' list."""
    return {
        "airDate": f"{title.year + number - 1}{title.date[4:]}",
        "episodeCount": title.seasons[number - 1],
        "id": title.tmdb_id * 100 + number,
        "name": f"Season {number}",
        "overview": "",
        "seasonNumber": number,
        "posterPath": f"/season-{title.image_key}-{number}.jpg",
    }


def season(title: Series, number: int) -> dict[str, Any]:
    """A season's own page."""
    head = season_head(title, number)
    episodes = [
        {
            "id": title.tmdb_id * 10_000 + number * 100 + episode,
            "airDate": head["airDate"],
            "episodeNumber": episode,
            "name": f"Episode {episode}",
            "overview": "",
            "productionCode": "",
            "seasonNumber": number,
            "showId": title.tmdb_id,
            "voteAverage": title.vote,
            "voteCount": 10,
            "stillPath": None,
        }
        for episode in range(1, title.seasons[number - 1] + 1)
    ]
    return head | {"externalIds": {"tvdbId": None}, "episodes": episodes}


def similar(title: Title) -> list[Title]:
    """Titles of the same kind that share a genre, the most alike first."""
    shelf: tuple[Film | Series, ...] = SERIES if isinstance(title, Series) else FILMS
    alike = [each for each in shelf if each != title and set(each.genres) & set(title.genres)]
    return sorted(alike, key=lambda each: (-len(set(each.genres) & set(title.genres)), -each.popularity))
