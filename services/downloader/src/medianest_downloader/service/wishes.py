"""How a download's videos are fetched and where they go, from what was asked for."""

from typing import Any

from medianest_common.contracts.downloads import InPlex
from medianest_downloader.domain.presets import Preset, quality
from medianest_downloader.follow_schemas import FollowOptions
from medianest_downloader.models import Download

_SOUND_ALONE = "Sound alone does not go into the video library."


def is_sound_alone(preset: Preset) -> bool:
    return quality(preset).audio_only


def apply_options(download: Download, given: dict[str, Any]) -> None:
    """Have the next videos of a followed download fetched as its follow says now."""
    options = FollowOptions.model_validate(given)
    download.preset = options.preset
    download.default_collection = "collection" not in given
    if not download.default_collection:
        download.collection = options.collection or None
    download.wants_playlist = options.playlist
    if is_sound_alone(options.preset):
        download.in_plex, download.in_plex_reason = InPlex.NOT_WANTED, _SOUND_ALONE
