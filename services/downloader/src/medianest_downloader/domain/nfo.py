"""The sidecar that Plex (1.43.1 and later) reads title, text and date from."""

from dataclasses import dataclass
from typing import TypeGuard
from xml.etree import ElementTree as ET

from medianest_downloader.domain.episodes import Episode
from medianest_downloader.domain.naming import clean_text


@dataclass(frozen=True)
class Description:
    """What is known about a video; texts are a stranger's and cleaned already."""

    title: str
    extractor: str
    video_id: str
    plot: str = ""
    uploader: str = ""
    date: str | None = None  # YYYYMMDD
    episode: Episode | None = None


def nfo(about: Description) -> bytes:
    """A movie's or an episode's NFO (Kodi's XML)."""
    root = ET.Element("movie" if about.episode is None else "episodedetails")
    _add(root, "title", about.title)
    _add(root, "plot", about.plot)
    _add(root, "studio", about.uploader)
    if is_day(about.date):
        _add(root, "aired" if about.episode else "premiered", f"{about.date[:4]}-{about.date[4:6]}-{about.date[6:]}")
        _add(root, "year", about.date[:4])
    if about.episode is not None:
        _add(root, "showtitle", about.episode.show)
        _add(root, "season", str(about.episode.season))
        _add(root, "episode", str(about.episode.number))
    unique = ET.SubElement(root, "uniqueid", type=clean_text(about.extractor, longest=60) or "video", default="true")
    unique.text = clean_text(about.video_id, longest=200)
    return _written(root)


def show_nfo(show: str) -> bytes:
    """The NFO of a show, which lies in its folder."""
    root = ET.Element("tvshow")
    _add(root, "title", show)
    return _written(root)


def is_day(text: str | None) -> TypeGuard[str]:
    """Whether it is a day as YYYYMMDD."""
    return text is not None and len(text) == 8 and text.isascii() and text.isdecimal()


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add(root: ET.Element, name: str, text: str) -> None:
    if text:
        ET.SubElement(root, name).text = text
