"""Whether a request costs the same in a workspace of 1,000 and of 100,000 members, and what memory the workers take.

Both workspaces are served at once, each by servers of its own, and measured in turns. Then a client imports the larger one by pages of
100 and replaces the members of a group by 10,000, while the workers' resident memory is read.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.load import median
from bench.requests import PATCH
from bench.servers import resident
from bench.stage import NAMES, run, stage

SMALL, LARGE = 1_000, 100_000
MOST = 1.3
MEMORY = 150
COUNTS = {"get": 600, "look_up": 600, "page": 300, "deep_page": 300, "create": 200, "patch": 200, "add": 100}


def flat(options: argparse.Namespace) -> dict[str, Any]:
    """Measures and prints; the ratios by name, and the memory in megabytes."""
    with stage(options, SMALL) as small, stage(options, LARGE) as large:
        ratios = {name: _ratio(small, large, name, count, options.rounds) for name, count in COUNTS.items()}
        memory = {"after the measures": max(resident(large.master))}
        pages = [("GET", f"/scim/v2/Users?startIndex={start}&count=100", None) for start in range(1, LARGE, 100)]
        memory["during an import of 100,000"] = _most(large, pages, 250)
        body = json.dumps({"schemas": [PATCH], "Operations": [_replacement([key for key, _ in large.seeded.users[:10_000]])]})
        memory["after replacing the members of a group by 10,000"] = _most(
            large, [("PATCH", f"/scim/v2/Groups/{large.seeded.group}", body.encode())] * 4, 1
        )
    print(f"{LARGE:,} members beside {SMALL:,}, {options.database}: time of one request, at most {MOST} times")
    for name, ratio in ratios.items():
        print(f"{NAMES.get(name, 'last page of 100'):<52}{ratio:>8.2f}")
    print(f"resident memory of the larger worker, MB, below {MEMORY}")
    for name, size in memory.items():
        print(f"{name:<52}{size:>8.0f}")
    return {"ratios": ratios, "memory": memory}


def _ratio(small: Any, large: Any, name: str, count: int, rounds: int) -> float:
    expect, found = 201 if name == "create" else 200, []
    for made in (small, large):
        run(made.scim, getattr(made.requests, name), 100, expect)
    for _ in range(rounds):
        times = [1 / run(made.scim, getattr(made.requests, name), count, expect).rate for made in (small, large, small)]
        found.append(times[1] / ((times[0] + times[2]) / 2))
    return round(median(found), 3)


def _most(made: Any, requests: list[Any], at_once: int) -> float:
    """The most memory that a worker took while the requests ran, read between groups of them."""
    most = 0.0
    for begin in range(0, len(requests), at_once):
        made.scim.run(requests[begin : begin + at_once], 200)
        most = max(most, *resident(made.master))
    return most


def _replacement(ids: list[str]) -> dict[str, Any]:
    return {"op": "replace", "path": "members", "value": [{"value": key} for key in ids]}
