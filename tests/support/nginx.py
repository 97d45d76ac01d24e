"""A real nginx that serves the site of deploy/, on free ports and with a certificate made for the occasion."""

from __future__ import annotations

import ssl
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx

from tests.support import parts, services
from tests.support.certificates import key_pair
from tests.support.processes import Program, free_port, listens

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = "portal.example.com"


class Nginx:
    """nginx in front of `backend`, a port of the loopback address; the site's own file, apart from ports and paths."""

    def __init__(self, backend: int) -> None:
        directory = Path(mkdtemp(prefix="nginx-", dir=services.run_directory()))
        directory.chmod(0o755)  # its workers are not root
        self.https, self.http = free_port(), free_port()
        pair = key_pair(DOMAIN, hosts=(DOMAIN, f"*.{DOMAIN}"))
        self.context = ssl.create_default_context(cadata=pair.certificate)
        (directory / "fullchain.pem").write_text(pair.certificate)
        (directory / "privkey.pem").write_text(pair.key)
        site = (ROOT / "deploy" / "nginx.conf").read_text()
        for ours, theirs in (
            ("127.0.0.1:8000", f"127.0.0.1:{backend}"),
            ("    listen [::]:80;\n", ""),
            ("    listen [::]:443 ssl;\n", ""),
            ("listen 80;", f"listen 127.0.0.1:{self.http};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.https} ssl;"),
            ("/etc/portal/tls", str(directory)),
        ):
            assert ours in site, f"deploy/nginx.conf lacks {ours!r}"
            site = site.replace(ours, theirs)
        (directory / "site.conf").write_text(site)
        (directory / "nginx.conf").write_text(_AROUND.format(directory=directory))
        command: list[str | Path] = [
            parts.need(parts.nginx),
            "-p",
            str(directory),
            "-c",
            str(directory / "nginx.conf"),
            "-e",
            "stderr",
            "-g",
            "daemon off;",
        ]
        self._program = Program(command, directory / "log")
        self._program.wait_until(lambda: listens(self.https))

    def client(self, **options: Any) -> httpx.Client:
        """A client that finds every name of the domain here, and trusts the certificate only for the names that it has."""
        return httpx.Client(transport=_Here(self, verify=self.context), timeout=30, **options)

    def stop(self) -> None:
        """Ends it."""
        self._program.stop()


class _Here(httpx.HTTPTransport):
    def __init__(self, server: Nginx, **options: Any) -> None:
        super().__init__(**options)
        self._ports = {"https": server.https, "http": server.http}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._ports[request.url.scheme]),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(there)


_AROUND = """
worker_processes 1;
pid {directory}/pid;
events {{ worker_connections 128; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""
