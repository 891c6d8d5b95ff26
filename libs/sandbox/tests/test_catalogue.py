from medianest_sandbox.catalogue import FILMS, GENRES, SERIES, find, search


class TestCatalogue:
    def test_is_large_enough_for_a_lively_demonstration(self) -> None:
        assert len(FILMS) >= 120
        assert len(SERIES) >= 40

    def test_ids_are_unique_and_genres_known(self) -> None:
        for shelf in (FILMS, SERIES):
            assert len({title.tmdb_id for title in shelf}) == len(shelf)
            assert {genre for title in shelf for genre in title.genres} <= set(GENRES)
            assert all(len(title.overview) > 40 for title in shelf)

    def test_finds_by_kind_and_id(self) -> None:
        film = find("movie", 603)
        assert film is not None
        assert (film.name, film.year) == ("The Matrix", 1999)
        assert find("tv", 603) is None

    def test_searches_for_every_word(self) -> None:
        assert [title.tmdb_id for title in search("matrix")] == [603, 604, 605, 624860]
        assert [title.tmdb_id for title in search("MATRIX reloaded")] == [604]
        assert search("  ") == []
