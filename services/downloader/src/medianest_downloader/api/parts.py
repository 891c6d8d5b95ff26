"""What the routes stand on: the caller, and the services that the composition root has put on the application."""

from typing import Annotated

from fastapi import Depends, Header, Request

from medianest_common.contracts.permissions import Permission
from medianest_common.tokens import Caller
from medianest_common.web import caller_with
from medianest_downloader.service.downloads import Downloads
from medianest_downloader.service.follows import Follows
from medianest_downloader.service.lanes import Lanes
from medianest_downloader.service.pauses import Pauses
from medianest_downloader.service.readiness import Readiness
from medianest_downloader.service.submissions import Submissions


def _downloads(request: Request) -> Downloads:
    service: Downloads = request.app.state.downloads
    return service


def _submissions(request: Request) -> Submissions:
    service: Submissions = request.app.state.submissions
    return service


def _follows(request: Request) -> Follows:
    service: Follows = request.app.state.follows
    return service


def _lanes(request: Request) -> Lanes:
    service: Lanes = request.app.state.lanes
    return service


def _pauses(request: Request) -> Pauses:
    service: Pauses = request.app.state.pauses
    return service


def _readiness(request: Request) -> Readiness:
    service: Readiness = request.app.state.readiness
    return service


IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]
Downloader = Annotated[Caller, Depends(caller_with(Permission.YOUTUBE_DOWNLOAD))]
Manager = Annotated[Caller, Depends(caller_with(Permission.SYSTEM_MANAGE))]
DownloadsDep = Annotated[Downloads, Depends(_downloads)]
SubmissionsDep = Annotated[Submissions, Depends(_submissions)]
FollowsDep = Annotated[Follows, Depends(_follows)]
LanesDep = Annotated[Lanes, Depends(_lanes)]
PausesDep = Annotated[Pauses, Depends(_pauses)]
ReadinessDep = Annotated[Readiness, Depends(_readiness)]
