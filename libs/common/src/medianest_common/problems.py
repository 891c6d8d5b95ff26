"""Errors as problem details (RFC 9457): one renderer for every service and for the gateway."""

from http import HTTPStatus

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from medianest_common.errors import Invalid, MediaNestError, NotFound, UpstreamUnavailable
from medianest_common.problem_details import (
    MEDIA_TYPE,
    correlation_id,
    problem,
    problem_bytes,
    retry_after_header,
)

__all__ = ["MEDIA_TYPE", "correlation_id", "install_problems", "problem", "problem_bytes", "retry_after_header"]

_log = structlog.get_logger(__name__)

_DATA_EXCEPTION = "22"  # the class of SQLSTATE for values that do not fit


def _response(request: Request, error: MediaNestError) -> Response:
    body = problem_bytes(
        error, instance=request.url.path, correlation=correlation_id(request.headers.get("traceparent"))
    )
    return Response(body, error.status, retry_after_header(error), MEDIA_TYPE)


async def _on_medianest_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MediaNestError)  # noqa: S101 - registered for this class alone
    return _response(request, error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    errors = [{"path": ".".join(str(part) for part in e["loc"]), "message": e["msg"]} for e in error.errors()]
    return _response(request, Invalid("Some of what was sent is not valid.", errors=errors))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _response(request, NotFound("There is nothing at this address."))
    phrase = HTTPStatus(error.status_code).phrase
    body = problem(
        error.status_code,
        phrase.upper().replace(" ", "_").replace("-", "_"),
        phrase,
        str(error.detail),
        instance=request.url.path,
        correlation=correlation_id(request.headers.get("traceparent")),
    )
    return Response(orjson.dumps(body), error.status_code, error.headers, MEDIA_TYPE)


async def _on_database_error(request: Request, error: Exception) -> Response:
    """A value that no column can hold (a NUL in a text, a number without end) is the caller's mistake."""
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
    if state.startswith(_DATA_EXCEPTION):
        return _response(request, Invalid("Some of what was sent cannot be stored."))
    return await _on_any_error(request, error)


async def _on_busy_database(request: Request, error: Exception) -> Response:
    """More callers than connections: they come again; it is no fault of the code, and needs no stack in the log."""
    _log.warning("database_busy", path=request.url.path, error=type(error).__name__)
    return _response(
        request, UpstreamUnavailable("database", "Too much at once. Try again in a moment.", retry_after=1.0)
    )


async def _on_any_error(request: Request, error: Exception) -> Response:
    _log.error("request_crashed", path=request.url.path, exc_info=error)
    return _response(request, MediaNestError("This did not work, and it is our fault. It has been noted."))


def install_problems(app: FastAPI) -> None:
    """Every error of this application leaves as problem details: ours, validation, unknown paths, and crashes."""
    app.add_exception_handler(MediaNestError, _on_medianest_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(PoolTimeout, _on_busy_database)
    app.add_exception_handler(Exception, _on_any_error)
