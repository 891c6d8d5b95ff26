"""A video site with feeds, pages and real files, which can misbehave video by video."""

from medianest_sandbox.video.site import VideoSite

__all__ = ["VideoSite"]
