"""`nitka dlq list|show|replay`: look at dead letters and send them back."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from nitka.events import TOPICS, Topic
from nitka.runtime.dead_letters import DeadLetter, read, replay
from nitka.runtime.publisher import Publisher


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    options = _parser().parse_args(arguments)
    topics = [t for t in TOPICS if options.topic in (None, t.name)]
    if not topics:
        print(f"no such topic: {options.topic}; there are {', '.join(t.name for t in TOPICS)}", file=sys.stderr)
        return 2
    return asyncio.run(_run(options, topics))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nitka")
    parser.add_argument(
        "--kafka", default=os.environ.get("NITKA_KAFKA", "127.0.0.1:19092"), help="bootstrap servers"
    )
    groups = parser.add_subparsers(required=True, dest="area")
    actions = groups.add_parser("dlq", help="dead letters").add_subparsers(required=True, dest="action")
    for name, text in (("list", "one line each"), ("show", "one, whole"), ("replay", "send back, in order")):
        action = actions.add_parser(name, help=text)
        action.add_argument("--topic", help="only this topic")
        action.add_argument("--offset", type=int, help="only the one at this offset of the dead-letter topic")
    return parser


async def _run(options: argparse.Namespace, topics: list[Topic]) -> int:
    found: list[tuple[Topic, list[DeadLetter]]] = []
    for topic in topics:
        letters = await read(options.kafka, topic)
        found.append((topic, [d for d in letters if options.offset in (None, d.offset)]))
    if options.action == "replay":
        return await _replay(options.kafka, found)
    show = _show if options.action == "show" else _line
    for _, letters in found:
        for letter in letters:
            print(show(letter))
    total = sum(len(letters) for _, letters in found)
    print(f"{total} dead letter{'' if total == 1 else 's'}", file=sys.stderr)
    return 0


async def _replay(servers: str, found: list[tuple[Topic, list[DeadLetter]]]) -> int:
    publisher = Publisher(servers, "nitka-dlq")
    await publisher.start()
    try:
        for topic, letters in found:
            if letters:
                await replay(publisher, topic, letters)
                print(f"{topic.name}: {len(letters)} replayed")
    finally:
        await publisher.stop()
    return 0


def _line(letter: DeadLetter) -> str:
    place = f"{letter.topic} [{letter.source_partition}]@{letter.source_offset}"
    return f"{letter.offset}\t{place}\t{letter.group}\t{letter.reason.value}\t{letter.error}"


def _show(letter: DeadLetter) -> str:
    value = (letter.value or b"").decode("utf-8", "replace")
    key = (letter.key or b"").decode("utf-8", "replace")
    return f"{_line(letter)}\nkey: {key}\n{letter.stack}\n{value}\n"


if __name__ == "__main__":
    sys.exit(main())
