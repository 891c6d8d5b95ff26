"""The four places a download may go: a collection, a private playlist, both, or neither."""

from typing import Any

from support.person import Person, control, newcomer, until
from support.suite import Suite

PLACES: dict[str, dict[str, Any]] = {
    "collection": {"collection": "Shelf", "playlist": False},
    "playlist": {"collection": "", "playlist": True},
    "both": {"collection": "Both", "playlist": True},
    "none": {"collection": "", "playlist": False},
}


async def groups(suite: Suite) -> list[dict[str, Any]]:
    """Every collection and playlist of the server, whoever may see it."""
    return list((await control(suite, "GET", "/plex/collections"))["items"])


async def listed(person: Person) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in (await person.get("/api/v1/downloads"))["items"]}


async def test_a_download_goes_where_it_was_wished_and_nowhere_else(suite: Suite) -> None:
    before = {group["key"] for group in await groups(suite)}
    items = (await control(suite, "GET", "/videos"))["items"]
    url = next(item["url"] for item in items if item["kind"] == "playlist" and item["entries"] == 5)
    name = await newcomer(suite)
    async with Person(suite, name) as person:
        await person.sign_in()
        ids = {}
        for place, wish in PLACES.items():
            collection = f"{wish['collection']} {name}" if wish["collection"] else ""
            body = {"url": url, "range": "1-2"} | wish | {"collection": collection}
            ids[place] = (await person.call("POST", "/api/v1/downloads", body)).expect(202)["id"]
        done = await until(
            lambda: listed(person), lambda found: {each["in_plex"] for each in found.values()} == {"done"}, within=180
        )

        assert {place: bool(done[each]["plex_collection_id"]) for place, each in ids.items()} == {
            place: bool(wish["collection"]) for place, wish in PLACES.items()
        }
        assert {place: done[each]["playlist"] for place, each in ids.items()} == {
            place: wish["playlist"] for place, wish in PLACES.items()
        }
        made = [group for group in await groups(suite) if group["key"] not in before]
        assert sorted((group["kind"], group["title"]) for group in made if group["kind"] == "collection") == [
            ("collection", f"Both {name}"),
            ("collection", f"Shelf {name}"),
        ]
        playlists = [group for group in made if group["kind"] == "playlist"]
        assert len(playlists) == 2
        people = {each["username"]: each["id"] for each in (await control(suite, "GET", "/people"))["items"]}
        assert {group["owner"] for group in playlists} == {people[name]}
        assert [len(group["members"]) for group in made] == [2, 2, 2, 2]
        assert len({key for group in made for key in group["members"]}) == 6  # three downloads, two files of each

        for each in ids.values():
            (await person.call("DELETE", f"/api/v1/downloads/{each}")).expect(204)
    await until(lambda: groups(suite), lambda left: {group["key"] for group in left} <= before, within=60)
