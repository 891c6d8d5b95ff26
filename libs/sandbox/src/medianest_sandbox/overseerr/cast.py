"""Invented people in front of and behind the camera, always the same for a title."""

import random
from typing import Any

from medianest_sandbox.catalogue import Title

_FIRST = ("Ada", "Bruno", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaia", "Luis", "Mina")
_LAST = ("Arden", "Bellweather", "Castell", "Draper", "Eastgate", "Fenwick", "Galbraith", "Hollis", "Ivers", "Juniper")
_ROLES = ("The one who stays", "The stranger", "A neighbour", "The captain", "The friend", "The clerk", "A voice")
_JOBS = (("Directing", "Director"), ("Writing", "Writer"), ("Camera", "Director of Photography"))


def credits_of(title: Title) -> dict[str, list[dict[str, Any]]]:
    """`credits` of a title's page."""
    chance = random.Random(f"{title.kind} {title.tmdb_id}")  # noqa: S311  # the same people every time is the point
    cast = [_person(chance) | _part(order) for order in range(8)]
    crew = [
        _person(chance) | {"creditId": f"crew-{place}", "department": department, "job": job}
        for place, (department, job) in enumerate(_JOBS)
    ]
    return {"cast": cast, "crew": crew}


def _part(order: int) -> dict[str, Any]:
    return {"castId": order, "character": _ROLES[order % len(_ROLES)], "creditId": f"cast-{order}", "order": order}


def _person(chance: random.Random) -> dict[str, Any]:
    first, last = chance.randrange(len(_FIRST)), chance.randrange(len(_LAST))
    number = 900_000 + first * len(_LAST) + last
    return {
        "id": number,
        "name": f"{_FIRST[first]} {_LAST[last]}",
        "gender": 0,
        "profilePath": f"/profile-{number}.jpg",
    }
