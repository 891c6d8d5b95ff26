"""Files as answers. What the framework refuses as plain text leaves as problem details, like every other error."""

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from medianest_common.problems import MEDIA_TYPE, correlation_id, problem_bytes
from medianest_common.web import is_head
from medianest_downloader.errors import RangeNotThere


class ServedFile(FileResponse):
    """A file, or parts of it; ranges that it does not have, or that nobody understands, are a 416."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_refused = False

        async def pass_on(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                is_refused = True
                await self._refusal(Request(scope))(scope, receive, send)
            elif not is_refused:
                await send(message)

        as_asked = {**scope, "method": "HEAD"} if is_head(scope) else scope  # then nothing is read
        await super().__call__(as_asked, receive, pass_on)

    def _refusal(self, request: Request) -> Response:
        error = RangeNotThere("The file has no such part.")
        correlation = correlation_id(request.headers.get("traceparent"))
        body = problem_bytes(error, instance=request.url.path, correlation=correlation)
        return Response(body, error.status, {"Content-Range": f"bytes */{self.headers['content-length']}"}, MEDIA_TYPE)
