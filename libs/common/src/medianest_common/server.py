"""Running a service's HTTP application: uvicorn with uvloop and httptools, our logs, a bounded goodbye."""

import uvicorn
from starlette.types import ASGIApp

from medianest_common.settings import ServiceSettings


def serve(app: ASGIApp, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT; open answers get ten seconds to finish."""
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=10,
    )
