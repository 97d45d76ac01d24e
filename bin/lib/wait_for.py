"""Waits until a web server answers, or checks that ports are free, for bin/demo.

    wait_for.py PID URL          exit status 0 when URL answers below 500, 1 when the process ends or 30 s have passed
    wait_for.py --free PORT…     exit status 1 and a sentence when something listens on one of them

`*.localhost` is the loopback address (RFC 6761), which Python's resolver does not know.
"""

import http.client
import os
import socket
import sys
import time
from urllib.parse import urlsplit


def answers(url: str) -> bool:
    """Whether the server behind `url` serves it."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def lives(pid: int) -> bool:
    """Whether the process runs, and has not merely left its exit status behind."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as state:  # noqa: PTH123
            return state.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return True


def free(ports: list[int]) -> bool:
    """Whether nothing listens on any of the ports; says so otherwise."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                sys.stderr.write(f"Something listens on port {port} already.\n")
                return False
    return True


def main() -> int:
    """The exit status."""
    if sys.argv[1] == "--free":
        return 0 if free([int(port) for port in sys.argv[2:]]) else 1
    pid, url = int(sys.argv[1]), sys.argv[2]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and lives(pid):
        if answers(url):
            return 0
        time.sleep(0.05)
    return 1


if __name__ == "__main__":
    sys.exit(main())
