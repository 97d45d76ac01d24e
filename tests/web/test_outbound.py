"""Fetching what an admin points to: real sockets on the loopback network."""

from __future__ import annotations

import gzip
import ipaddress
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.web import outbound
from portal.web.outbound import CannotFetchError, fetch
from tests.support.serving import Serving

Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Answers every GET by a function; returns the address."""
    serving: list[Serving] = []

    def start(answer: Answer, host: str = "127.0.0.1") -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
                pass

        server = ThreadingHTTPServer((host, 0), Handler)
        serving.append(Serving(server))
        return f"http://{host}:{server.server_port}/"

    yield start
    for served in serving:
        served.stop()


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            return  # the other side has heard enough

    return answer


def problem(url: str, *, allow_private: bool = True) -> str:
    with pytest.raises(CannotFetchError) as error:
        fetch(url, allow_private=allow_private)
    return str(error.value)


def test_a_body_comes_back_as_it_was_sent(serve):
    assert fetch(serve(says(200, b"<a/>")), allow_private=True) == b"<a/>"


def test_a_name_under_localhost_is_the_loopback_address(serve):
    hosts = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        hosts.append(handler.headers["Host"])
        says(200, b"here")(handler)

    url = serve(answer).replace("127.0.0.1", "idp.localhost")
    assert fetch(url, allow_private=True) == b"here"
    assert hosts == [url.split("/")[2]]


def test_redirects_are_followed_a_few_times(serve):
    last = serve(says(200, b"last"))
    assert fetch(serve(says(302, Location=last)), allow_private=True) == b"last"
    assert "redirects more than 5 times" in problem(serve(says(302, Location="/again")))
    assert "not a web address" in problem(serve(says(302, Location="file:///etc/passwd")))
    assert "not a web address" in problem(serve(says(302)) + "\x00")


def test_each_redirect_is_checked_anew(serve, monkeypatch):
    """The first hop counts as public here; the second one is private."""
    reached = []
    inside = serve(lambda _: reached.append(1), "127.0.0.2")
    first = serve(says(302, Location=inside))
    monkeypatch.setattr(outbound, "_is_public", lambda address: str(address) == "127.0.0.1")
    assert "private address" in problem(first, allow_private=False)
    assert reached == []


def test_private_addresses_are_refused(serve):
    reached = []
    url = serve(lambda _: reached.append(1))
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.1"):
        sentence = problem(url.replace("127.0.0.1", host), allow_private=False)
        assert "private address" in sentence or "There is no host" in sentence, host
    assert reached == []


PRIVATE = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
    *("::1", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1", "::"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_counts_as_private(address):
    assert not outbound._is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_what_counts_as_public(address):
    assert outbound._is_public(ipaddress.ip_address(address))


def test_too_much_is_cut_off(serve):
    assert "more than 1 MB" in problem(serve(says(200, b"x" * 50_000_000)))


def test_a_compressed_answer_is_not_unpacked(serve):
    assert "compressed" in problem(serve(says(200, gzip.compress(b"x" * 5_000_000), Content_Encoding="gzip")))


def test_a_slow_answer_ends(serve, monkeypatch):
    monkeypatch.setattr(outbound, "SECONDS", 0.5)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        says(200)(handler)
        for _ in range(400):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    began = time.monotonic()
    assert "did not answer within" in problem(serve(drip))
    assert time.monotonic() - began < 10


def test_other_answers_are_told(serve):
    assert "status 404" in problem(serve(says(404)))
    assert "cannot be reached" in problem("http://127.0.0.1:1/")
    assert "There is no host" in problem("http://nonesuch.invalid/")
    for url in (
        "ftp://example.com/",
        "https://",
        "acme.okta.com",
        "http://[::1",
        "http://user:pw@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "",
    ):
        assert "not a web address" in problem(url), url
