"""The routes of the downloader."""

from medianest_downloader.api.downloads import router as downloads_router
from medianest_downloader.api.follows import router as follows_router
from medianest_downloader.api.lanes import router as lanes_router
from medianest_downloader.api.operating import router as operating_router

# last the downloads: `/downloads/lanes` is no download's id
routers = (follows_router, lanes_router, operating_router, downloads_router)
