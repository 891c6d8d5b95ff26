"""What every run of a worker stands on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medianest_common.contracts.downloads import ItemProgress
from medianest_downloader.fetching.process import COMMAND
from medianest_downloader.service.runs import Runs
from medianest_downloader.settings import WorkerSettings
from medianest_downloader.worker.library import Library

Send = Callable[[ItemProgress], Awaitable[None]]


@dataclass(frozen=True)
class Bench:
    """Made once by the composition root; `command` starts a child."""

    settings: WorkerSettings
    runs: Runs
    library: Library
    tools: Path
    send: Send
    command: Sequence[str] = COMMAND
