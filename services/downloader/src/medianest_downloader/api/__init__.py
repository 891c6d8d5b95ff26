"""The routes of the downloader."""

from medianest_common.dead_letters_api import dead_letters_router
from medianest_downloader.api.downloads import router as downloads_router
from medianest_downloader.api.follows import router as follows_router
from medianest_downloader.api.lanes import router as lanes_router
from medianest_downloader.api.operating import router as operating_router

letters_router = dead_letters_router("downloads")
# last the downloads: `/downloads/lanes` is no download's id
routers = (follows_router, lanes_router, operating_router, letters_router, downloads_router)
