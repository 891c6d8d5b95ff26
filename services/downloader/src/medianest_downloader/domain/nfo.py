"""The sidecar that Plex (1.43.1 and later) reads title, text and date from."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

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


def nfo(about: Description) -> bytes:
    """A movie NFO (Kodi's XML)."""
    root = ET.Element("movie")
    _add(root, "title", about.title)
    _add(root, "plot", about.plot)
    _add(root, "studio", about.uploader)
    if about.date and len(about.date) == 8 and about.date.isdecimal():
        _add(root, "premiered", f"{about.date[:4]}-{about.date[4:6]}-{about.date[6:]}")
        _add(root, "year", about.date[:4])
    unique = ET.SubElement(root, "uniqueid", type=clean_text(about.extractor, longest=60) or "video", default="true")
    unique.text = clean_text(about.video_id, longest=200)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add(root: ET.Element, name: str, text: str) -> None:
    if text:
        ET.SubElement(root, name).text = text
