"""Names of files, addresses at the door, paths in Plex, and the sidecar."""

from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_downloader.domain.addresses import AddressRefused, Door
from medianest_downloader.domain.naming import clean_text, download_folder, file_stem
from medianest_downloader.domain.nfo import Description, nfo
from medianest_downloader.domain.plex_paths import holder, holds, is_same_file, plex_path

_ITEM = UUID("01999999-0000-7000-8000-0123456789ab")
_DOOR = Door(("youtube.com", "www.youtube.com", "youtu.be"))


class TestFileStem:
    @pytest.mark.parametrize("title", ["..", "../../x", "a/b", "a\\b", "nul\x00l", ".hid", "x" * 5000, "🎬" * 400, ""])
    def test_an_evil_title_makes_a_plain_name(self, title: str) -> None:
        stem = file_stem(title, "abc", _ITEM)
        assert "/" not in stem
        assert "\\" not in stem
        assert not stem.startswith(".")
        assert stem.endswith("[abc]")
        assert len(stem.encode()) < 230

    @given(st.text(max_size=300), st.text(max_size=80))
    def test_any_title_and_id_make_one_plain_component(self, title: str, video_id: str) -> None:
        stem = file_stem(title, video_id, _ITEM)
        assert not set(stem) & set('/\\:*?"<>|\x00')
        assert len(stem.encode()) < 230
        assert stem == stem.strip()

    def test_a_strange_id_is_replaced_by_ours(self) -> None:
        assert file_stem("A", "../../etc", _ITEM) == "A [0123456789ab]"

    def test_hidden_direction_marks_go(self) -> None:
        assert clean_text("a\u202eb\u200bc\nd") == "abc d"

    def test_folders_are_ids_alone(self) -> None:
        assert download_folder(_ITEM, _ITEM) == f"{_ITEM}/{_ITEM}"


class TestDoor:
    def test_lets_the_site_in_and_drops_the_fragment(self) -> None:
        assert _DOOR.check("https://youtu.be/abc?t=1#x") == "https://youtu.be/abc?t=1"

    @pytest.mark.parametrize(
        "url",
        [
            "http://youtube.com/x",
            "https://example.org/x",
            "https://youtube.com.evil.example/x",
            "https://user@youtube.com/x",
            "https://youtube.com:444/x",
            "https://youtube.com\\@evil.example/",
            "https://youtube.com/\u202ex",
            "https://youtube.com/\u00a0x",
            "file:///etc/passwd",
            "ytsearch:cats",
            "https://[::1/x",
            "https://youtube.com:port/",
            "https://you tube.com/x",
        ],
    )
    def test_keeps_everything_else_out(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            _DOOR.check(url)


class TestPlexPaths:
    def test_writes_paths_in_the_way_of_the_other_system(self) -> None:
        assert plex_path("/data/yt/", "u/d") == "/data/yt/u/d"
        assert plex_path("D:\\Media", "u/d") == "D:\\Media\\u\\d"

    def test_knows_its_file_by_the_tail(self) -> None:
        assert is_same_file("D:\\Media\\u\\d\\a.mp4", "u/d/a.mp4")
        assert not is_same_file("/data/xu/d/a.mp4", "u/d/a.mp4")

    def test_finds_the_library_of_a_folder(self) -> None:
        assert holds(["/films", "/data/yt"], "/data/yt/u")
        assert not holds(["/data/y", ""], "/data/yt/u")

    def test_knows_which_of_several_folders_holds_another(self) -> None:
        assert holder(["/films", "D:\\yt\\u"], "D:\\yt\\u\\d") == "D:\\yt\\u"
        assert holder(["/data/yt/u"], "/data/yt") is None


class TestNfo:
    def test_a_title_full_of_markup_is_text(self) -> None:
        root = ET.fromstring(nfo(Description("<b>&", "youtube", "abc", plot="x", date="20260823")))
        assert root.findtext("title") == "<b>&"
        assert root.findtext("premiered") == "2026-08-23"
