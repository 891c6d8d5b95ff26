"""Files: what strangers name, where it lands, how it comes back; and addresses that lead inside."""

import asyncio
import io
import os
from pathlib import Path
from typing import Any

import pytest
from support.belongings import Belongings
from support.keys import claims_of
from support.person import Person, Script, control, until
from support.suite import Suite

DONE = {"completed", "partially_completed", "failed", "cancelled"}
OUTSIDE = "../../../outside\\..\\/etc/\u202ecron"
NO_PICTURES = (
    "http:%2f%2f127.0.0.1:9%2fx.jpg",
    "127.0.0.1:9/x.jpg",
    "library/metadata/1",
    "@evil.example/x.jpg",
)
NO_INTEGRATIONS = (
    "http://169.254.169.254/",
    "http://[fe80::1]/",
    "http://0.0.0.0/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/",
    "http://user:word@127.0.0.1/",
)
INSIDE = ("link-local", "private", "zero", "file", "gopher")


async def evil(suite: Suite, title: str) -> str:
    items = (await control(suite, "GET", "/video/evil"))["items"]
    return next(str(item["url"]) for item in items if item["title"] == title)


def everything_below(folder: Path) -> set[Path]:
    """Files but those that are worked on; what is removed meanwhile is not there."""
    found = (Path(where, name).relative_to(folder) for where, _, names in os.walk(folder) for name in names)
    return {path for path in found if path.parts[0] != ".work"}


class TestNames:
    async def test_of_strangers_and_collections_stay_in_the_user_s_own_folder(self, suite: Suite, kit: Person) -> None:
        user = claims_of(kit.cookie("medianest_session"))["sub"]
        beside = {path.name for path in suite.media.parent.iterdir()}
        wish = {"url": await evil(suite, "names"), "collection": OUTSIDE, "items": [1, 2, 3]}
        made = (await kit.call("POST", "/api/v1/downloads", wish)).expect(202)
        path = f"/api/v1/downloads/{made['id']}"
        found: dict[str, Any] = await until(lambda: kit.get(path), lambda d: d["status"] in DONE)
        assert found["items_completed"] > 0, found
        files = {file for file in everything_below(suite.media) if made["id"] in file.parts}
        assert len(files) >= found["items_completed"]
        for file in files:
            assert file.parts[:2] == (user, made["id"])
            assert len(file.parts) == 3
            assert not file.name.startswith((".", "-"))
            assert file.suffix in {".mp4", ".mkv", ".webm", ".m4a", ".jpg", ".nfo", ".srt", ".vtt"}
            assert not set(file.name) & set('\\/:*?"<>|\x00\n\r\u202e')
        assert {path.name for path in suite.media.parent.iterdir()} == beside
        (await kit.call("DELETE", path)).expect(204)
        await until(
            lambda: asyncio.to_thread(everything_below, suite.media),
            lambda left: not [file for file in left if made["id"] in file.parts],
        )


class TestFetching:
    async def test_a_file_is_a_download_of_its_own_kind(
        self, suite: Suite, alice: Person, belongings: Belongings
    ) -> None:
        item = await self._finished(alice, belongings)
        path = f"/api/v1/downloads/{belongings.ids['download_id']}/items/{item['id']}/file"
        answer = await alice.call("GET", path, Range="bytes=0-99")
        assert answer.status == 206
        assert len(answer.body) == 100
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert answer.headers["Content-Type"].startswith(("video/", "audio/"))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert not {"\r", "\n"} & set(answer.headers["Content-Disposition"])

    async def _finished(self, alice: Person, belongings: Belongings) -> dict[str, Any]:
        path = f"/api/v1/downloads/{belongings.ids['download_id']}"
        download: dict[str, Any] = await until(
            lambda: alice.get(path), lambda d: any(item["status"] == "completed" for item in d["items"])
        )
        return next(item for item in download["items"] if item["status"] == "completed")

    @pytest.mark.parametrize(
        "path",
        ["../../../etc/passwd", "..%2f..%2fsecrets.json", "%2e%2e%2fsecrets.json", "secrets.json", "x.php", ".env"],
    )
    async def test_no_other_file_is_served(self, alice: Person, belongings: Belongings, path: str) -> None:
        for place in (
            "/",
            "/assets/",
            "/docs/",
            "/api/v1/media/artwork/poster/",
            f"/api/v1/downloads/{belongings.ids['download_id']}/items/",
        ):
            answer = await alice.call("GET", f"{place}{path}")
            assert answer.status in (400, 404, 405, 422)

    @pytest.mark.parametrize("kind", ["poster", "backdrop", "plex", "other"])
    @pytest.mark.parametrize("path", NO_PICTURES)
    async def test_no_other_address_is_fetched_as_a_picture(self, alice: Person, kind: str, path: str) -> None:
        answer = await alice.call("GET", f"/api/v1/media/artwork/{kind}/{path}")
        assert answer.status in (400, 404, 422)

    async def test_a_picture_is_made_anew_and_is_nothing_else(self, alice: Person) -> None:
        found = (await alice.get("/api/v1/media/search?query=matrix"))["items"]
        poster = next(item["poster_url"] for item in found if item["poster_url"])
        answer = await alice.call("GET", poster)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert io.BytesIO(answer.body).read(4) == b"RIFF"

    async def test_the_sign_in_s_picture_runs_nothing(self, suite: Suite, script: Script) -> None:
        async with Person(suite, "alice") as alice:
            pin = (await alice.call("POST", "/api/v1/auth/plex/pin", {"form": "code"})).expect(201)
            answer = await alice.call("GET", pin["qr_url"])
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert b"<script" not in answer.body
            assert (await script.call("GET", pin["qr_url"])).status == 404


class TestAddressesInside:
    async def test_are_not_reached_by_a_download(self, suite: Suite, kit: Person) -> None:
        urls = [await evil(suite, title) for title in INSIDE]
        urls += ["file:///etc/passwd", "http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:6379/_INFO"]
        asked = (kit.call("POST", "/api/v1/downloads/preview", {"url": url}) for url in urls)
        for answer in await asyncio.gather(*asked):
            assert 400 <= answer.status < 500 or answer.code == "VIDEO_SITE_TROUBLE", answer.body
            assert "root:" not in str(answer.body)

    @pytest.mark.parametrize("url", NO_INTEGRATIONS)
    async def test_are_not_reached_by_an_integration(self, owner: Person, url: str) -> None:
        answer = await owner.call("POST", "/api/v1/integrations/test", {"kind": "http", "url": url})
        assert answer.status == 422 or not answer.expect(200)["ok"]
        made = await owner.call(
            "POST", "/api/v1/integrations", {"kind": "http", "name": "x", "url": url, "force": True}
        )
        assert made.status == 422


def integration_secrets(suite: Suite) -> list[str]:
    given = suite.environment("status")
    return [given[f"MEDIANEST_{name}"] for name in ("PLEX_TOKEN", "OVERSEERR_API_KEY", "UPTIME_KUMA_API_KEY")]


async def test_secrets_of_integrations_never_come_back(suite: Suite, owner: Person) -> None:
    given = integration_secrets(suite)
    for path in (
        "/api/v1/integrations",
        "/api/v1/integrations/plex",
        "/api/v1/status",
        "/api/v1/audit?limit=100",
        "/api/v1/audit/export",
    ):
        body = str((await owner.call("GET", path)).body)
        assert not [secret for secret in given if secret in body], path


async def test_secrets_lie_sealed_in_the_tables(suite: Suite, alice: Person) -> None:
    """A copy of the databases alone opens nothing at Plex, Overseerr or Uptime Kuma."""
    secrets = integration_secrets(suite)
    secrets += [alice.cookie("medianest_refresh"), alice.cookie("medianest_session")]
    for service in ("auth", "status", "requests", "downloader"):
        tables = await suite.rows(service, "select tablename from pg_tables where schemaname = 'public'")
        for table in tables:
            rows = await suite.rows(service, f'select t::text as row from "{table["tablename"]}" t')
            assert not [row for row in rows for secret in secrets if secret in row["row"]], table


def test_what_touches_strangers_data_holds_no_key(suite: Suite) -> None:
    def keys(process: str) -> set[str]:
        return {name for name in suite.environment(process) if name.endswith(("_KEY", "_SECRET", "_TOKEN"))}

    assert keys("downloader") == {"MEDIANEST_READER_KEY", "MEDIANEST_SERVICE_KEY"}
    assert keys("worker") == set()
