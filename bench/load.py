"""A bounded load over real sockets: a number of requests from a few keep-alive connections, and what they took."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Request = tuple[str, str, bytes | None]


@dataclass(frozen=True)
class Figures:
    """Requests a second, and milliseconds at the median and the 99th percentile."""

    rate: float
    p50: float
    p99: float


class Load:
    """Sends requests to one port on loopback with fixed headers."""

    def __init__(self, port: int, headers: dict[str, str], connections: int = 8) -> None:
        self._port, self._headers, self._connections = port, headers, connections

    def run(self, make: Callable[[int], Request], total: int, expect: int) -> Figures:
        """Sends `make(0)` to `make(total - 1)`; raises RuntimeError on the first answer that is not `expect`."""
        times: list[float] = []
        wrong: list[str] = []
        numbers = iter(range(total))
        lock = threading.Lock()

        def work() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            while not wrong:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                method, path, body = make(number)
                began = time.perf_counter()
                connection.request(method, path, body, self._headers)
                answer = connection.getresponse()
                data = answer.read()
                times.append(time.perf_counter() - began)
                if answer.status != expect:
                    wrong.append(f"{method} {path}: {answer.status} {data[:300]!r}")
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(self._connections)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise RuntimeError(wrong[0])
        took = time.perf_counter() - began
        times.sort()
        return Figures(len(times) / took, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)
