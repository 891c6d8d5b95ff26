from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Plex = Callable[..., httpx2.Response]


def uri(plex: Plex, *keys: str) -> str:
    machine = plex("GET", "/identity").json()["MediaContainer"]["machineIdentifier"]
    return f"server://{machine}/com.plexapp.plugins.library/library/metadata/{','.join(keys)}"


def make_collection(plex: Plex, *keys: str, title: str = "Evenings") -> str:
    query = {"type": "1", "title": title, "smart": "0", "sectionId": "1", "uri": uri(plex, *keys)}
    answer = plex("POST", "/library/collections", params=query)
    assert answer.status_code == 200
    key: str = answer.json()["MediaContainer"]["Metadata"][0]["ratingKey"]
    return key


def make_playlist(plex: Plex, who: str, *keys: str) -> str:
    query = {"type": "video", "title": "Mine", "smart": "0", "uri": uri(plex, *keys)}
    answer = plex("POST", "/playlists", who=who, params=query)
    key: str = answer.json()["MediaContainer"]["Metadata"][0]["ratingKey"]
    return key


def members(plex: Plex, path: str, who: str = "owner") -> list[str]:
    document: dict[str, Any] = plex("GET", path, who=who).json()["MediaContainer"]
    return [each["ratingKey"] for each in document.get("Metadata", [])]


class TestCollections:
    def test_holds_its_items_in_order(self, plex: Plex) -> None:
        key = make_collection(plex, "1006", "1004")
        assert members(plex, f"/library/collections/{key}/children") == ["1006", "1004"]
        (listed,) = plex("GET", "/library/sections/1/collections").json()["MediaContainer"]["Metadata"]
        assert (listed["ratingKey"], listed["type"], listed["subtype"]) == (key, "collection", "movie")

    def test_adding_twice_does_not_double(self, plex: Plex) -> None:
        key = make_collection(plex, "1004")
        for _ in range(2):
            plex("PUT", f"/library/collections/{key}/items", params={"uri": uri(plex, "1006")})
        assert members(plex, f"/library/collections/{key}/items") == ["1004", "1006"]

    @pytest.mark.parametrize("method", ["DELETE", "PUT"])
    def test_takes_an_item_out_once(self, plex: Plex, method: str) -> None:
        key = make_collection(plex, "1004", "1006")
        assert plex(method, f"/library/collections/{key}/items/1004").status_code == 200
        assert plex(method, f"/library/collections/{key}/items/1004").status_code == 400
        assert members(plex, f"/library/collections/{key}/items") == ["1006"]

    def test_titles_may_be_the_same(self, plex: Plex) -> None:
        assert make_collection(plex, "1004") != make_collection(plex, "1006")

    def test_refuses_an_unknown_section_and_a_type_of_its_own(self, plex: Plex) -> None:
        query = {"type": "1", "title": "x", "smart": "0", "sectionId": "99", "uri": uri(plex, "1004")}
        assert plex("POST", "/library/collections", params=query).status_code == 400

    def test_an_unknown_one_is_404(self, plex: Plex) -> None:
        assert plex("GET", "/library/collections/1/items").status_code == 404
        assert plex("PUT", "/library/collections/1/items", params={"uri": uri(plex, "1004")}).status_code == 404

    def test_retitling_to_a_taken_name_is_409(self, plex: Plex) -> None:
        make_collection(plex, "1004", title="Taken")
        key = make_collection(plex, "1006", title="Free")

        def retitle(title: str) -> int:
            query = {"type": "18", "id": key, "title.value": title, "title.locked": "1"}
            return plex("PUT", "/library/sections/1/all", params=query).status_code

        assert (retitle("Taken"), retitle("Other")) == (409, 200)

    def test_guests_look_but_do_not_touch(self, plex: Plex) -> None:
        key = make_collection(plex, "1004")
        assert members(plex, f"/library/collections/{key}/items", who="alice") == ["1004"]
        assert plex("PUT", f"/library/collections/{key}/items", who="alice").status_code == 403
        assert plex("DELETE", f"/library/collections/{key}", who="alice").status_code == 403

    def test_can_vanish(self, client: httpx2.Client, plex: Plex) -> None:
        key = make_collection(plex, "1004")
        client.delete(f"/control/plex/collections/{key}").raise_for_status()
        assert plex("GET", f"/library/collections/{key}/items").status_code == 404
        assert plex("GET", "/library/metadata/1004").status_code == 200


class TestPlaylists:
    def test_belong_to_one_account(self, plex: Plex) -> None:
        key = make_playlist(plex, "alice", "1004", "1006")
        assert members(plex, f"/playlists/{key}/items", who="alice") == ["1004", "1006"]
        assert members(plex, "/playlists", who="alice") == [key]
        for other in ("bob", "owner"):
            assert members(plex, "/playlists", who=other) == []
            assert plex("GET", f"/playlists/{key}/items", who=other).status_code == 404
            assert plex("DELETE", f"/playlists/{key}", who=other).status_code == 404

    def test_are_refilled_in_place(self, plex: Plex) -> None:
        key = make_playlist(plex, "alice", "1004")
        plex("DELETE", f"/playlists/{key}/items", who="alice")
        plex("PUT", f"/playlists/{key}/items", who="alice", params={"uri": uri(plex, "1008")})
        assert members(plex, f"/playlists/{key}/items", who="alice") == ["1008"]

    def test_are_deleted_by_their_owner(self, plex: Plex) -> None:
        key = make_playlist(plex, "alice", "1004")
        assert plex("DELETE", f"/playlists/{key}", who="alice").status_code == 204
        assert members(plex, "/playlists", who="alice") == []
