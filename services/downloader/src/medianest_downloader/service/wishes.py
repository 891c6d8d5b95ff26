"""What was asked for: the address, how its videos are fetched, and where they go."""

from medianest_common.contracts.downloads import InPlex
from medianest_downloader.domain.addresses import AddressRefused, Door
from medianest_downloader.domain.presets import Preset, quality
from medianest_downloader.errors import AddressNotAllowed
from medianest_downloader.models import Download
from medianest_downloader.schemas import DownloadOptions


def let_in(door: Door, url: str) -> str:
    """The address as it may be used; raises AddressNotAllowed."""
    try:
        return door.check(url)
    except AddressRefused as refused:
        raise AddressNotAllowed(str(refused)) from None


def is_sound_alone(preset: Preset) -> bool:
    return quality(preset).sound is not None


def apply_options(download: Download, options: DownloadOptions) -> None:
    """Have the videos of a download that come from now on fetched like this."""
    download.preset = options.preset
    download.default_collection = "collection" not in options.model_fields_set
    collection = options.collection or None
    if not download.default_collection and collection != download.collection:
        download.collection, download.plex_collection_id = collection, None
    download.wants_playlist = options.playlist
    download.subtitles = list(dict.fromkeys(options.subtitles))
    download.sponsorblock = sorted(set(options.sponsorblock))
    if is_sound_alone(options.preset):
        download.subtitles = []
        download.in_plex = InPlex.NOT_WANTED
        download.in_plex_reason = "Sound alone does not go into the video library."
