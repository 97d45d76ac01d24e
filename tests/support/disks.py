"""A disk that is really full: a few megabytes of their own where this machine lets us mount them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Disk:
    """A small file system; `fill` takes what is left of it, `free` gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Leaves not one block."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for block in (1 << 20, 1 << 12):
                try:
                    while True:
                        ballast.write(bytes(block))
                except OSError:
                    continue

    def free(self) -> None:
        """Makes room again."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk | None]:
    """A Disk mounted at `path` until the block ends; None where nobody may mount, as in most containers, or when it is to have no room."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(path)]
    mounted = bool(megabytes) and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield Disk(path) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
        shutil.rmtree(path)
