"""An httpcore network backend that shows each byte of a response to its ResponseWatch."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from aoai_conformance.engine.response_watch import WATCHING, ResponseWatch
from aoai_conformance.target.connection import ProxyAddress
from aoai_specs.errors import ConformanceError

_READ = 64 * 1024
#: Seconds to wait for bytes that have already arrived.
_AT_ONCE = 0.05
#: How long a connection is kept for the next request.
KEPT_SECONDS = 5.0


class WatchedTransport(httpx.AsyncHTTPTransport):
    """An httpx transport over our own connection pool; httpx offers no way to set the network backend.

    Everything else, such as the mapping of errors, is that of httpx. `proxy` is the host and port of the
    proxy, empty without one.
    """

    def __init__(self, pool: httpcore.AsyncConnectionPool, proxy: str = "") -> None:
        self._pool = pool
        self.proxy = proxy


def watched_transport(
    root: str,
    *,
    verify: ssl.SSLContext,
    concurrency: int,
    use_proxies: bool,
    proxy: ProxyAddress | None = None,
    keep_alive: bool = True,
) -> WatchedTransport:
    """Return the transport for a target, through `proxy` if it is given.

    Otherwise, with `use_proxies`, the proxy of the environment is used. Without `keep_alive`, each request
    has a new connection. Raises ConformanceError for a proxy that cannot be used.
    """
    options: dict[str, Any] = {
        "ssl_context": verify,
        "max_connections": concurrency,
        "max_keepalive_connections": concurrency if keep_alive else 0,
        "keepalive_expiry": KEPT_SECONDS,
        "network_backend": _WatchedBackend(),
    }
    address = proxy_of(root) if use_proxies and proxy is None else None
    try:
        chosen = None if address is None else httpx.Proxy(address)
        if proxy is not None:
            chosen = proxy.for_httpx()
        if chosen is None:
            return WatchedTransport(httpcore.AsyncConnectionPool(**options))
        return WatchedTransport(_proxy_pool(chosen, options), chosen.url.netloc.decode("ascii"))
    except (ValueError, ImportError, RuntimeError, httpx.InvalidURL) as error:
        if proxy is not None:
            raise ConformanceError(f"Cannot use the proxy of --proxy: {error}.") from error
        raise ConformanceError(
            f"Cannot use the proxy that the environment sets for {root}: {error}. "
            "Correct the variable (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) or add the host to NO_PROXY."
        ) from error


def _proxy_pool(proxy: httpx.Proxy, options: dict[str, Any]) -> httpcore.AsyncConnectionPool:
    url = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    if proxy.url.scheme.startswith("socks"):
        return httpcore.AsyncSOCKSProxy(proxy_url=url, proxy_auth=proxy.raw_auth, **options)
    encrypted = {"proxy_ssl_context": options["ssl_context"]} if proxy.url.scheme == "https" else {}
    return httpcore.AsyncHTTPProxy(
        proxy_url=url, proxy_auth=proxy.raw_auth, proxy_headers=proxy.headers.raw, **encrypted, **options
    )


def proxy_of(root: str) -> str | None:
    """Return the proxy that the environment sets for a URL, or None."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host if parts.port is None else f"{host}:{parts.port}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


class _WatchedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections whose bytes are watched."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _WatchedStream(stream)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _WatchedStream(httpcore.AsyncNetworkStream):
    """A connection that shows what it reads to the watch of the running request and holds back what follows.

    A connection on which bytes followed a response is reported as closed, so that the pool drops it.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket: socket.socket | None = None
        self._is_spoilt = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        watch = WATCHING.get()
        if watch is None:
            return data
        own = watch.feed(data)
        if watch.is_flooded:
            raise httpcore.RemoteProtocolError(watch.malformed)
        if watch.has_ended:
            await self._look_beyond(watch)
        return own

    async def _look_beyond(self, watch: ResponseWatch) -> None:
        """Read what follows the end of the response, so that it is never read as part of the next one."""
        if not watch.trailing and self._is_readable():
            try:
                watch.feed(await self._stream.read(_READ, _AT_ONCE))
            except httpcore.ReadTimeout:
                return  # a TLS record without data
            except httpcore.ReadError:
                self._is_spoilt = True
        self._is_spoilt = self._is_spoilt or bool(watch.trailing)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        watch = WATCHING.get()
        if watch is not None:
            watch.reset()
        return _WatchedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_spoilt or self._is_readable()
        return self._stream.get_extra_info(info)

    def _is_readable(self) -> bool:
        """Whether bytes have arrived or the connection has ended.

        The pool asks for each idle connection before each request. The stream would look up all that it knows
        of its socket each time, such as the address of the peer.
        """
        if self._socket is None:
            self._socket = self._stream.get_extra_info("socket")
        descriptor = -1 if self._socket is None else self._socket.fileno()
        if descriptor < 0:
            return True
        if not hasattr(select, "poll"):  # Windows
            return bool(select.select([descriptor], [], [], 0)[0])
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
