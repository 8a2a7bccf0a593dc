"""Examples of every event: `<topic>/v<version>/<type>[.<variant>].json`, whole records as they travel.

An example of an old version is never deleted: every consumer must go on understanding it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nitka.events.topics import Topic

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Example:
    """One example. `name` is its place below the folder of examples, `raw` the record's value."""

    name: str
    raw: bytes


def examples(topic: Topic) -> list[Example]:
    """All examples of a topic, in the order of their names."""
    files = sorted((FOLDER / topic.name).rglob("*.json"))
    return [Example(str(file.relative_to(FOLDER)), file.read_bytes()) for file in files]
