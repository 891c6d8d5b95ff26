"""The way out to addresses an admin typed: every name is resolved and checked here, and the checked address is called.

Checking at the moment of the call, and calling what was checked, leaves no gap in which a name could change its mind.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address

import httpx2

from medianest_common.http import tls
from medianest_status.domain.integrations import address_refusal

LARGEST_ANSWER = 4 * 1024 * 1024


class NameUnknown(httpx2.ConnectError):
    """The name resolves to nothing."""


class AddressRefused(httpx2.ConnectError):
    """The name leads to an address that is not asked."""


class CertificateRefused(httpx2.ConnectError):
    """The other side's certificate is not trusted."""


class AnswerTooLarge(httpx2.ReadError):
    """More came than any of these systems has to say."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Calls only what `address_refusal` lets pass, and reads a bounded answer."""

    def __init__(self, inner: httpx2.AsyncBaseTransport | None = None) -> None:
        self._inner = inner or httpx2.AsyncHTTPTransport(verify=tls(), limits=httpx2.Limits(max_connections=4))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        failure: httpx2.ConnectError = NameUnknown("no address", request=request)
        for address in await _addresses(request):
            try:
                return await self._call(request, address)
            except httpx2.ConnectError as error:
                failure = _explained(error, request)
        raise failure

    async def _call(self, request: httpx2.Request, address: str) -> httpx2.Response:
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        answer = await self._inner.handle_async_request(pinned)
        if not isinstance(answer.stream, httpx2.AsyncByteStream):
            return answer
        return httpx2.Response(
            answer.status_code, headers=answer.headers, stream=_Bounded(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise AnswerTooLarge("answer too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _addresses(request: httpx2.Request) -> list[str]:
    """Every address of the request's host; raises AddressRefused if any of them is not to be asked."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(request.url.host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameUnknown("no address", request=request) from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if any(address_refusal(ip_address(address)) for address in addresses):
        raise AddressRefused("address refused", request=request)
    return addresses


def _explained(error: httpx2.ConnectError, request: httpx2.Request) -> httpx2.ConnectError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return CertificateRefused("certificate refused", request=request)
        cause = cause.__cause__ or cause.__context__
    return error
