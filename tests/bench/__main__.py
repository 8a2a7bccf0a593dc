"""`make bench`: throughput and delay of the whole way, side by side in one run, on a stack of its own.

`make bench ARGS=lists`: the list, search and long threads on a million conversations. Takes some minutes and 6 GB.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from pathlib import Path

from tests.bench import from_kafka, from_smtp, lists, to_live

from nitka.local.stack import SERVICES
from nitka.local.testing import LocalStack


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("way", "lists"), default="way", help="what to measure")
    parser.add_argument("--mails", type=int, default=6000, help="mails by SMTP")
    parser.add_argument("--messages", type=int, default=30_000, help="messages from Kafka")
    parser.add_argument("--live", type=int, default=1000, help="mails for the delay")
    parser.add_argument("--conversations", type=int, default=1_000_000, help="conversations of the list")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the run\n")
    with tempfile.TemporaryDirectory(prefix="nitka-bench-") as folder:
        stack = LocalStack(Path(folder))
        try:
            if options.part == "lists":
                stack.start_infrastructure(["conversation"])
                lists.run(stack, options.conversations)
            else:
                _way(stack, options)
        finally:
            stack.close()


def _way(stack: LocalStack, options: argparse.Namespace) -> None:
    """The whole way of a message."""
    stack.start_infrastructure(SERVICES)
    stack.start(*SERVICES)
    _show("SMTP's 250 to the live stream (all services running)", to_live.run(stack, options.live))
    stack.stop(*(s for s in SERVICES if s not in ("conversation", "ingest_email")))
    title = f"SMTP to published ({from_smtp.CONNECTIONS} connections, 1.3 kB each)"
    _show(title, from_smtp.run(stack, options.mails))
    _show("Kafka to published (backlog, 0.9 kB text each)", from_kafka.run(stack, options.messages))


def _show(title: str, figures: dict[str, float]) -> None:
    print(title)
    for name, value in figures.items():
        print(f"  {name:<22}{value:>12,.1f}" if value < 100 else f"  {name:<22}{value:>12,.0f}")
    print(flush=True)


if __name__ == "__main__":
    main()
