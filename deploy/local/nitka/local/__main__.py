"""`python -m nitka.local run`: the embedded stack. `fetch`: Kafka's jars, before the first run."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from nitka.local import kafka, stack
from nitka.local.processes import ToolMissing
from nitka.local.run import CannotStart, run
from nitka.local.settings import SettingsError, load

PARTS = ("kafka", "postgres", *stack.SERVICES, *stack.WORLD)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m nitka.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="start everything, stop it with Ctrl-C")
    running.add_argument("--only", type=_parts, default=(), metavar="PART,...", help=", ".join(PARTS))
    commands.add_parser("fetch", help="download what the first run would download")
    options = parser.parse_args(arguments)
    try:
        settings = load(Path.cwd())
        if options.command == "run":
            asyncio.run(run(settings, options.only))
        elif settings.kafka is None:
            kafka.class_path()
    except (CannotStart, SettingsError, ToolMissing) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parts(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
