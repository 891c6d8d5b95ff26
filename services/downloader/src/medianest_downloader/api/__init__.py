"""The routes of the downloader."""

from medianest_downloader.api.downloads import router as downloads_router
from medianest_downloader.api.lanes import router as lanes_router

routers = (lanes_router, downloads_router)  # lanes first: `/downloads/lanes` is no download's id
