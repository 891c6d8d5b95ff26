"""The films and series that every system of the sandbox knows of, with texts of our own."""

from medianest_sandbox.catalogue.titles import FILMS, GENRES, SERIES, Film, Series, Title, find, search

__all__ = ["FILMS", "GENRES", "SERIES", "Film", "Series", "Title", "find", "search"]
