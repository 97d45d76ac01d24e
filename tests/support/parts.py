"""Finds the real parts that the tests run against, and names Debian's packages for those that are missing.

`python -m tests.support.parts` prints the missing packages, one on a line; `--explain` says what each is and how to
point to one that stands elsewhere. Standard library only, because it runs before anything else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The first is the same browser without what only a window needs: a page takes a quarter less of a processor's time.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_BROWSERS = ("/Applications/Chromium.app/Contents/MacOS/Chromium",
                 "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")  # fmt: skip


class Missing(Exception):
    """A part is not on this machine; the message names the variable and the packages that would help."""


def chromium() -> Path | None:
    """The browser: `CHROMIUM`, or the first one found."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given) if Path(given).is_file() else None
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return Path(found) if found else next((Path(p) for p in _MAC_BROWSERS if Path(p).is_file()), None)


def libatomic() -> Path | None:
    """The library that playwright's own driver needs on Linux; elsewhere nothing is needed."""
    if sys.platform != "linux":
        return Path(sys.executable)
    directories = (Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"))
    return next((p for d in directories for pattern in ("libatomic.so.1", "*/libatomic.so.1") for p in d.glob(pattern)), None)


def postgresql() -> Path | None:
    """The directory with `initdb` and `postgres`: `POSTGRESQL_BIN`, the search path, or Debian's newest."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found = shutil.which("initdb")
    for directory in filter(None, (os.environ.get("POSTGRESQL_BIN"), found and str(Path(found).parent), *map(str, debian))):
        if (Path(directory) / "initdb").exists() and (Path(directory) / "postgres").exists():
            return Path(directory)
    return None


def redis() -> Path | None:
    """`redis-server`, or `valkey-server`, which speaks the same."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def nginx() -> Path | None:
    """`nginx`, which Debian keeps where only root looks."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def pgbouncer() -> Path | None:
    """`pgbouncer`, which Debian keeps where only root looks."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def php() -> Path | None:
    """A command-line PHP that has the DOM extension."""
    found = shutil.which("php")
    if not found:
        return None
    modules = subprocess.run([found, "-m"], capture_output=True, text=True, check=False).stdout.split()
    return Path(found) if {"dom", "openssl", "SimpleXML"} <= set(modules) else None


def simplesamlphp() -> Path | None:
    """The directory of SimpleSAMLphp 1.19: `SIMPLESAMLPHP`, or Debian's."""
    directory = Path(os.environ.get("SIMPLESAMLPHP", "/usr/share/simplesamlphp"))
    return directory if (directory / "www" / "module.php").is_file() else None


def xmlsec1() -> Path | None:
    """The program that pysaml2 signs and encrypts with."""
    found = shutil.which("xmlsec1")
    return Path(found) if found else None


@dataclass(frozen=True)
class Part:
    """One part: what it is, how it is found, Debian's packages for it, and the variable that points elsewhere."""

    name: str
    find: Callable[[], Path | None]
    packages: tuple[str, ...]
    variable: str


PARTS = (
    Part("Chromium", chromium, ("chromium-headless-shell",), "CHROMIUM"),
    Part("libatomic", libatomic, ("libatomic1",), "nothing"),
    Part("PostgreSQL's programs", postgresql, ("postgresql",), "POSTGRESQL_BIN"),
    Part("Redis", redis, ("redis-server",), "PATH"),
    Part("PgBouncer", pgbouncer, ("pgbouncer",), "PATH"),
    Part("nginx", nginx, ("nginx-light",), "PATH"),
    Part("PHP with its XML extension", php, ("php-cli", "php-xml"), "PATH"),
    Part("xmlsec1", xmlsec1, ("xmlsec1",), "PATH"),
    # php-cgi and mini-httpd satisfy what the package depends on without an Apache that would take port 80.
    Part("SimpleSAMLphp 1.19", simplesamlphp, ("simplesamlphp", "php-cgi", "mini-httpd"), "SIMPLESAMLPHP"),
)


def need(find: Callable[[], Path | None]) -> Path:
    """Where the part stands; raises `Missing` when it is nowhere."""
    if found := find():
        return found
    part = next(part for part in PARTS if part.find is find)
    raise Missing(f"{part.name} is missing: run bin/test, install {' '.join(part.packages)}, or set {part.variable}.")


def main() -> None:
    """Prints what is missing."""
    for part in PARTS:
        if part.find() is None:
            if "--explain" in sys.argv:
                print(f"{part.name}: Debian's {' '.join(part.packages)}; or set {part.variable} to where it stands")
            else:
                print(*part.packages, sep="\n")


if __name__ == "__main__":
    main()
