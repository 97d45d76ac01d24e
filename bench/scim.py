"""Measures the portal beside a floor on the same server and database, in one run.

    .venv/bin/python -m bench.scim [--members 10000] [--database sqlite|postgresql|URL] [--rounds 5] [--json FILE] [--flat]

Starts gunicorn with two workers for the portal and for the floor, both by the repository's settings, on free ports of loopback; seeds a
workspace with Okta-shaped users; measures, prints a table and stops everything. `postgresql` is a throw-away cluster that syncs every
commit; a database that is named must be empty. Logging is on, to a file. Each round measures the floor, the portal and the floor again,
so that what else the machine does meets both; a share is of the mean of the floor around it, and the median of the rounds is printed.
`--flat` compares workspaces of 1,000 and 100,000 members instead, and reads the workers' memory: see `bench/flat.py`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.flat import flat
from bench.load import Figures, median, shares
from bench.servers import WORKERS
from bench.stage import NAMES, Stage, run, stage

# What is measured: the floor it is compared to, the share that is the target, status of its answers, requests in a round.
MEASURES: dict[str, tuple[str, float | None, int, int]] = {
    "get": ("read", 0.60, 200, 1000),
    "look_up": ("read", 0.60, 200, 1000),
    "page": ("read", 0.30, 200, 500),
    "create": ("insert", 0.45, 201, 400),
    "patch": ("insert", 0.45, 200, 400),
    "add": ("insert", 0.40, 200, 300),
    "acs": ("read", None, 303, 80),
    "sign_in": ("read", None, 200, 300),
}
FLOOR: dict[str, tuple[str, bytes | None, int, int]] = {
    "hello": ("GET", None, 200, 1000),
    "read": ("GET", None, 200, 1000),
    "insert": ("POST", b"", 201, 500),
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--flat", action="store_true")
    options = parser.parse_args()
    if options.flat:
        result = flat(options)
    else:
        with stage(options, options.members) as made:
            result = measured(made, options.rounds)
        show(result, options)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


def measured(made: Stage, rounds: int) -> dict[str, Any]:
    """Every measure, floors included, by name."""
    found: dict[str, Any] = {}
    floors: dict[str, list[Figures]] = {name: [] for name in FLOOR}
    floor_of(made, "hello", floors)
    for name, (against, target, expect, count) in MEASURES.items():
        load, make = made.pages if name in ("acs", "sign_in") else made.scim, getattr(made.requests, name)
        run(load, make, 20 if name == "acs" else 100, expect)
        around, own = [floor_of(made, against, floors)], []
        for _ in range(rounds):
            own.append(run(load, make, count, expect))
            around.append(floor_of(made, against, floors))
        share = median(shares([figures.rate for figures in own], [figures.rate for figures in around]))
        found[name] = {**summed(own), "share": round(share, 3), "of": against, "target": target}
    return {**{f"floor: {name}": summed(figures) for name, figures in floors.items()}, **found}


def floor_of(made: Stage, name: str, floors: dict[str, list[Figures]]) -> Figures:
    """One measure of the floor, kept with the others."""
    method, body, expect, count = FLOOR[name]
    figures = made.floor.run([(method, f"/{name}", body)] * count, expect)
    floors[name].append(figures)
    return figures


def summed(figures: list[Figures]) -> dict[str, float]:
    """The medians of several rounds."""
    return {name: round(median([getattr(each, name) for each in figures]), 2) for name in ("rate", "p50", "p99")}


def show(result: dict[str, Any], options: argparse.Namespace) -> None:
    """The table."""
    print(f"{options.members:,} members, {options.database}, {WORKERS} workers, {options.connections} connections, {options.rounds} rounds")
    print(f"{'':<32}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}{'of floor':>10}{'target':>8}")
    for name, row in result.items():
        share = f"{row['share']:.2f}" if "share" in row else ""
        target = f"{row['target']:.2f}" if row.get("target") else ""
        print(f"{NAMES.get(name, name):<32}{row['rate']:>12.0f}{row['p50']:>10.1f}{row['p99']:>10.1f}{share:>10}{target:>8}")


if __name__ == "__main__":
    main()
