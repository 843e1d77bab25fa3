"""Kills workers, and the store, of a mock under load, and says whether anything was lost that had been answered.

    python -m greycard_suite.tools.kill_workers --seconds 60 --seed 1

`greycard serve --store` with some workers runs on a server of Redis or Valkey of its own, which keeps each write
(`appendfsync always`). Threads create tasks, ask for them and download results; their callbacks go to a receiver here
that fails now and then. A random worker is killed every second, the store twice. The exit status is 1 when a task that
was answered is unknown, a delivery never came, or a client saw what no vendor says.
"""

from __future__ import annotations

import argparse
import sys

from greycard_suite.tools.kill_workers.runs import lines_of, run


def main() -> None:
    """Read the command line, run, say what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=6)
    given = parser.parse_args()
    found = run(given.seconds, given.seed, workers=given.workers, clients=given.clients)
    sys.stdout.write("\n".join([*lines_of(found), ""]))
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
