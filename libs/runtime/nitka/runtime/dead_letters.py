"""The dead-letter topic of each topic: what could not be processed, why, and what is parked behind it.

A record of `<topic>.dlq` is the original record (key, value, headers) with headers that say the reason, the
error, the source partition and offset, and the consumer group that gave up. A record with the header
`nitka-resolved` says that the one at that offset was replayed.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from nitka.events import Topic
from nitka.runtime.publisher import Publisher, Record

REASON, ERROR, STACK, GROUP = "nitka-reason", "nitka-error", "nitka-stack", "nitka-group"
SOURCE_PARTITION, SOURCE_OFFSET = "nitka-source-partition", "nitka-source-offset"
RESOLVED, REPLAY_FOR, REPLAY_LAST = "nitka-resolved", "nitka-replay-for", "nitka-replay-last"
_STACK_FRAMES = 12


class Reason(StrEnum):
    INVALID = "invalid"
    POISON = "poison"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One unresolved dead letter, as `nitka dlq` shows it. `offset` is its place in the dead-letter topic."""

    topic: str
    offset: int
    group: str
    reason: Reason
    error: str
    stack: str
    source_partition: int
    source_offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


def header_map(record: ConsumerRecord[Any, Any]) -> dict[str, str]:
    """Headers as text; bytes that are none are replaced, never an error."""
    return {k: (v or b"").decode("utf-8", "replace") for k, v in record.headers}


class DeadLetters:
    """Writes one group's dead letters of one topic and knows which keys are parked behind one."""

    def __init__(self, publisher: Publisher, servers: str, topic: Topic, group: str) -> None:
        self._publisher, self._servers, self._topic, self._group = publisher, servers, topic, group
        self._parked: set[bytes] = set()
        self._failed_again: set[bytes] = set()

    async def load(self) -> None:
        """Learn which keys are parked; called once before consuming."""
        letters = await read(self._servers, self._topic)
        self._parked = {
            d.key for d in letters if d.group == self._group and d.reason is Reason.POISON and d.key is not None
        }

    def is_parked(self, key: bytes | None) -> bool:
        """Whether something of this key waits in the dead-letter topic, so that order forbids to go on."""
        return key in self._parked

    def admits_replay(self, key: bytes | None, *, last: bool) -> bool:
        """Whether a replayed record may be handled: not when one before it just failed again.

        With `last` the key is free afterwards, unless it failed again.
        """
        if key is None:
            return True
        failed_again = key in self._failed_again
        if last:
            self._failed_again.discard(key)
            if not failed_again:
                self._parked.discard(key)
        return not failed_again

    async def put(
        self,
        record: ConsumerRecord[Any, Any],
        reason: Reason,
        error: BaseException | None = None,
        detail: str = "",
    ) -> None:
        """Publish one dead letter. `detail` and the stack carry no personal data: types and places only."""
        kept = {k: v for k, v in header_map(record).items() if not k.startswith("nitka-")}
        found = {
            REASON: reason.value,
            ERROR: detail or (type(error).__name__ if error else reason.value),
            STACK: _places(error),
            GROUP: self._group,
            SOURCE_PARTITION: str(record.partition),
            SOURCE_OFFSET: str(record.offset),
        }
        key = record.key or b""
        value = record.value or b""
        await self._publisher.publish(Record(self._topic.dlq, key.decode("utf-8", "replace"), value, kept | found))
        if reason is Reason.POISON and record.key is not None:
            self._parked.add(record.key)
            replayed = header_map(record)
            if REPLAY_FOR in replayed and REPLAY_LAST not in replayed:
                self._failed_again.add(record.key)


def _places(error: BaseException | None) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES:] if error else []
    return "\n".join(f"{f.filename}:{f.lineno} {f.name}" for f in frames)


async def read(servers: str, topic: Topic) -> list[DeadLetter]:
    """All unresolved dead letters of a topic, oldest first."""
    partition = TopicPartition(topic.dlq, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        await consumer.seek_to_beginning(partition)
        letters: dict[int, DeadLetter] = {}
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(timeout_ms=500)).get(partition, []):
                headers = header_map(record)
                if RESOLVED in headers:
                    letters.pop(int(headers[RESOLVED]), None)
                elif REASON in headers:
                    letters[record.offset] = _letter(topic, record, headers)
        return list(letters.values())
    finally:
        await consumer.stop()


def _letter(topic: Topic, record: ConsumerRecord[Any, Any], headers: dict[str, str]) -> DeadLetter:
    return DeadLetter(
        topic=topic.name,
        offset=record.offset,
        group=headers.get(GROUP, ""),
        reason=Reason(headers[REASON]),
        error=headers.get(ERROR, ""),
        stack=headers.get(STACK, ""),
        source_partition=int(headers.get(SOURCE_PARTITION, -1)),
        source_offset=int(headers.get(SOURCE_OFFSET, -1)),
        key=record.key,
        value=record.value,
        headers={k: v for k, v in headers.items() if not k.startswith("nitka-")},
    )


async def replay(publisher: Publisher, topic: Topic, letters: list[DeadLetter]) -> None:
    """Send dead letters back to their topic in order, for the group that gave up, and mark them resolved."""
    last = {(d.group, d.key): d.offset for d in letters}
    for letter in letters:
        aimed = {**letter.headers, REPLAY_FOR: letter.group}
        if last[letter.group, letter.key] == letter.offset:
            aimed[REPLAY_LAST] = "1"
        key = (letter.key or b"").decode("utf-8", "replace")
        await publisher.publish(Record(topic.name, key, letter.value or b"", aimed))
        await publisher.publish(Record(topic.dlq, key, b"", {RESOLVED: str(letter.offset)}))
