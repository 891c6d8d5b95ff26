"""Sections, items, collections and playlists as the Plex server writes them."""

from typing import Any

from medianest_sandbox.plex.groups import Group
from medianest_sandbox.plex.library import Item, Library, MediaFile, Section

_CREATED = 1_577_880_000


def section(each: Section) -> dict[str, Any]:
    """An entry of `/library/sections`."""
    return {
        "allowSync": True,
        "art": f"/:/resources/{each.type}-fanart.jpg",
        "composite": f"/library/sections/{each.key}/composite/{each.changed_at}",
        "filters": True,
        "refreshing": each.scanning > 0,
        "thumb": f"/:/resources/{each.type}.png",
        "key": each.key,
        "type": each.type,
        "title": each.title,
        "agent": each.agent,
        "scanner": each.scanner,
        "language": "en-US",
        "uuid": each.uuid,
        "updatedAt": each.changed_at,
        "createdAt": _CREATED,
        "scannedAt": each.scanned_at,
        "content": True,
        "directory": True,
        "contentChangedAt": each.changed_at,
        "hidden": 0,
        "Location": [{"id": int(each.key) + 100 * place, "path": path} for place, path in enumerate(each.locations)],
    }


def item(each: Item, library: Library, *, guids: bool) -> dict[str, Any]:
    """An entry of any list of items; outside ids only when asked for."""
    document: dict[str, Any] = {
        "ratingKey": each.key,
        "key": f"/library/metadata/{each.key}" + ("/children" if each.type in {"show", "season"} else ""),
        "guid": each.guid,
        "type": each.type,
        "title": each.title,
        "titleSort": _sort_title(each.title),
        "summary": each.summary,
        "librarySectionTitle": library.sections[each.section].title,
        "librarySectionID": int(each.section),
        "librarySectionKey": f"/library/sections/{each.section}",
        "thumb": each.thumb,
        "art": each.art,
        "addedAt": each.added_at,
        "updatedAt": each.updated_at,
    }
    optional = {
        "year": each.year,
        "originallyAvailableAt": each.date,
        "duration": each.duration,
        "rating": each.rating,
        "index": each.index,
    }
    document |= {name: value for name, value in optional.items() if value is not None}
    document |= _above(each, library) | _below(each, library)
    if each.genres:
        document["Genre"] = [{"tag": genre} for genre in each.genres]
    if each.files:
        document["Media"] = [_media(each, place, file) for place, file in enumerate(each.files)]
    if guids and each.guids:
        document["Guid"] = [{"id": guid} for guid in each.guids]
    return document


def _sort_title(title: str) -> str:
    return title.removeprefix("The ").removeprefix("A ").removeprefix("An ")


def _above(each: Item, library: Library) -> dict[str, Any]:
    parent = library.get(each.parent) if each.parent else None
    if parent is None:
        return {}
    document = _named("parent", parent)
    grandparent = library.get(parent.parent) if parent.parent else None
    return document | (_named("grandparent", grandparent) if grandparent else {})


def _named(prefix: str, each: Item) -> dict[str, Any]:
    document: dict[str, Any] = {
        f"{prefix}RatingKey": each.key,
        f"{prefix}Key": f"/library/metadata/{each.key}",
        f"{prefix}Guid": each.guid,
        f"{prefix}Title": each.title,
        f"{prefix}Thumb": each.thumb,
    }
    if prefix == "parent" and each.index is not None:
        document["parentIndex"] = each.index
    return document


def _below(each: Item, library: Library) -> dict[str, Any]:
    if each.type == "season":
        return {"leafCount": len(library.children(each.key)), "viewedLeafCount": 0}
    if each.type != "show":
        return {}
    seasons = library.children(each.key)
    episodes = sum(len(library.children(season.key)) for season in seasons)
    return {"childCount": len(seasons), "leafCount": episodes, "viewedLeafCount": 0}


def _media(each: Item, place: int, file: MediaFile) -> dict[str, Any]:
    media_id = int(each.key) * 10 + place
    part = {
        "id": media_id,
        "key": f"/library/parts/{media_id}/{each.updated_at}/file.{file.container}",
        "file": file.path,
        "size": file.size,
        "container": file.container,
    }
    document = {
        "id": media_id,
        "container": file.container,
        "videoCodec": "h264",
        "audioCodec": "aac",
        "videoResolution": file.resolution,
        "Part": [part],
    }
    if each.duration is not None:
        part["duration"] = document["duration"] = each.duration
    return document


def group(each: Group, members: int) -> dict[str, Any]:
    """A collection or a playlist."""
    stamp = each.updated_at
    document: dict[str, Any] = {
        "ratingKey": each.key,
        "guid": f"{each.kind}://{each.guid}",
        "type": each.kind,
        "title": each.title,
        "summary": each.summary,
        "smart": False,
        "addedAt": each.added_at,
        "updatedAt": stamp,
    }
    if each.kind == "playlist":
        more = {"playlistType": "video", "leafCount": members, "composite": f"/playlists/{each.key}/composite/{stamp}"}
        return document | more | {"key": f"/playlists/{each.key}/items"}
    return document | {
        "key": f"/library/collections/{each.key}/children",
        "subtype": each.type,
        "childCount": str(members),
        "librarySectionID": int(each.section or 0),
        "thumb": f"/library/collections/{each.key}/composite/{stamp}",
        "minYear": "",
        "maxYear": "",
    }


def container(size: int, **more: Any) -> dict[str, Any]:
    """The head of any answer of the server; keys without a value are left out, empty lists too."""
    return {"size": size, **{name: value for name, value in more.items() if value not in (None, [])}}
