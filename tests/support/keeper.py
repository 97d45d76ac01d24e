"""Runs one program and ends it when its keeper is told to, or when the process it serves is gone.

`python keeper.py SERVED-PID STOP-SIGNAL USER COMMAND…`; USER is `-` to stay who one is. A script of its own, so that a
killed test run leaves nothing behind on the machine.
"""

import os
import signal
import subprocess
import sys
import time


def main() -> int:
    """Returns the program's exit status."""
    served, stop_by, user, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    rights = {} if user == "-" else {"user": user, "group": user, "extra_groups": []}
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    program = subprocess.Popen(command, **rights)  # type: ignore[call-overload]
    told = False
    while (status := program.poll()) is None:
        if not told and (stopping or not _lives(served)):
            program.send_signal(stop_by)
            told = True
        time.sleep(0.05)
    return int(status)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
