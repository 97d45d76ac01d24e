"""A bounded load over real sockets: prepared requests from a few keep-alive connections, and what each took.

One thread and one selector, requests made before the clock starts, and answers read no further than their length: on a machine that
the server shares, the load must cost little, and the same for whatever is measured.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Request = tuple[str, str, bytes | None]
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Figures:
    """Requests a second, and milliseconds at the median and the 99th percentile."""

    rate: float
    p50: float
    p99: float


class Load:
    """Sends requests to one port on loopback with fixed headers."""

    def __init__(self, port: int, headers: dict[str, str], connections: int = 8) -> None:
        self._port, self._connections = port, connections
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def prepared(self, request: Request) -> bytes:
        """The bytes of a request."""
        method, path, body = request
        length = f"Content-Length: {len(body)}\r\n" if body is not None else ""
        return f"{method} {path} HTTP/1.1\r\n{self._headers}{length}\r\n".encode() + (body or b"")

    def run(self, requests: Sequence[Request], expect: int) -> Figures:
        """Sends every request once; raises RuntimeError on the first answer whose status is not `expect`."""
        waiting = [self.prepared(request) for request in reversed(requests)]
        wanted = f"HTTP/1.1 {expect} ".encode()
        times: list[float] = []
        with selectors.DefaultSelector() as selector:
            open_ = [_Connection(self._port) for _ in range(min(self._connections, len(waiting)))]
            for connection in open_:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            began = time.perf_counter()
            for connection in open_:
                connection.send(waiting.pop())
            while len(times) < len(requests):
                for key, _ in selector.select(60):
                    connection = key.data
                    if not connection.complete():
                        continue
                    times.append(time.perf_counter() - connection.began)
                    if not connection.answer.startswith(wanted):
                        raise RuntimeError(f"{connection.sent[:200]!r} was answered {connection.answer[:400]!r}")
                    if waiting:
                        connection.send(waiting.pop())
            took = time.perf_counter() - began
            for connection in open_:
                connection.socket.close()
        times.sort()
        return Figures(len(times) / took, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


class _Connection:
    """One keep-alive connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = self.answer = b""
        self.began, self._length = 0.0, 0

    def send(self, request: bytes) -> None:
        self.sent, self.answer, self._length = request, b"", 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def complete(self) -> bool:
        """Reads what has come, and says whether the answer is whole."""
        got = self.socket.recv(262_144)
        if not got:
            raise RuntimeError(f"{self.sent[:200]!r}: the connection was closed after {self.answer[:200]!r}")
        self.answer += got
        if not self._length:
            head = self.answer.find(_END)
            if head < 0:
                return False
            self._length = head + len(_END) + _content_length(self.answer[:head])
        return len(self.answer) >= self._length


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise RuntimeError(f"an answer without Content-Length: {head!r}")


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else sum(ordered[half - 1 : half + 1]) / 2


def shares(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """What each of `of` is of the mean of the two of `to` around it: `to` was measured before the first, between and after the last."""
    return [value / ((before + after) / 2) for value, (before, after) in zip(of, pairwise(to), strict=True)]
