"""Consuming with at-least-once delivery: batches, validated one by one, poison set aside, order kept.

The handler's effects must be idempotent by `event_id`: after a crash between effect and commit it sees the
same events again. Offsets are committed after the handler returned.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import psycopg_pool
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from nitka.events import Event, InvalidEvent, Topic, parse
from nitka.runtime import logs, telemetry
from nitka.runtime.dead_letters import REPLAY_FOR, REPLAY_LAST, DeadLetters, Reason, header_map
from nitka.runtime.publisher import Publisher, PublishError

TRANSIENT = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    KafkaError,
    PublishError,
    OSError,
    TimeoutError,
)
"""Failures of a dependency, not of a record: waited out, never a reason for the dead-letter topic."""

TRIES = 3
POISON_WINDOW, POISON_LIMIT = 200, 40
"""A consumer stops when more than POISON_LIMIT of its last POISON_WINDOW records were poison."""

_IDLE_POLL_MS = 20
_BATCH_BYTES = 256 * 1024
"""What the broker need not hold back for more."""
_log = logs.get("consumer")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it came from the broker. `key` is the record's key; partition and offset are its place."""

    event: Event
    key: str
    partition: int
    offset: int


Handler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Processes a batch, in order. Raising one of TRANSIENT means "later"; anything else means poison."""


def create_broker(servers: str, service: str) -> KafkaBroker:
    """The FastStream broker of a process, traced when telemetry is on."""
    return KafkaBroker(
        servers,
        client_id=f"nitka-{service}",
        acks="all",
        allow_auto_create_topics=False,
        middlewares=telemetry.broker_middlewares(),
        logger=None,
    )


async def start(broker: KafkaBroker) -> None:
    """Start the broker; retried until Kafka answers."""
    while True:
        try:
            await broker.start()
        except KafkaError:
            await broker.stop()
            await asyncio.sleep(0.5)
        else:
            return


class Consumer:
    """A service's (`group`) reading of one topic, in the consumer group `<group>.<topic>`.

    Create it before the broker starts, `load` it, then start.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        topic: Topic,
        handler: Handler,
        *,
        group: str,
        instance: str,
        publisher: Publisher,
        servers: str,
        max_delay: float = 0.1,
        max_records: int = 500,
    ) -> None:
        """`max_delay`: seconds that a record may wait for others to share its batch, and with it the transaction.

        Under load batches fill by themselves; at some tens of records a second this is what keeps a small machine
        from spending itself on one commit for each.
        """
        self.topic, self._handler, self._group = topic, handler, group
        self._dead_letters = DeadLetters(publisher, servers, topic, group)
        self._recent: deque[bool] = deque(maxlen=POISON_WINDOW)
        self._set_aside: set[tuple[int, int]] = set()
        broker.subscriber(
            topic.name,
            batch=True,
            # One group a topic: members of one group that read different topics rebalance for each other.
            group_id=f"{group}.{topic.name}",
            group_instance_id=f"{group}-{topic.name}-{instance}",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_records=max_records,
            # FastStream sleeps as long again after an empty poll.
            batch_timeout_ms=max(_IDLE_POLL_MS, int(max_delay * 500)),
            fetch_min_bytes=_BATCH_BYTES,
            fetch_max_wait_ms=int(max_delay * 1000),
            max_partition_fetch_bytes=8 * 1024 * 1024,
            parser=_tolerant_parser,
            decoder=_raw_decoder,
        )(self._consume)

    async def load(self) -> None:
        """Learn what is parked in the dead-letter topic; retried until Kafka answers."""
        while True:
            try:
                await self._dead_letters.load()
            except KafkaError:
                await asyncio.sleep(0.5)
            else:
                return

    @property
    def halted(self) -> bool:
        """Whether too much was poison: a bad deploy must not drain a topic into its dead letters."""
        return sum(self._recent) > POISON_LIMIT

    async def ready(self) -> None:
        """A readiness check: raises when the consumer has stopped itself."""
        if self.halted:
            raise RuntimeError(f"{self.topic.name}: too many dead letters, consumer stopped")

    async def _consume(self, message: KafkaMessage) -> None:
        if self.halted:
            await asyncio.sleep(5)
            raise RuntimeError("halted")
        raw = message.raw_message
        records = list(raw) if isinstance(raw, tuple) else [raw]
        # What becomes of a replayed record decides whether the next one of its key may follow.
        one_by_one = any(name == REPLAY_FOR for r in records for name, _ in r.headers)
        try:
            for batch in [[r] for r in records] if one_by_one else [records]:
                await self._process([d for r in batch if (d := await self._accept(r))])
            self._set_aside.clear()
        except TRANSIENT as error:
            _log.warning("waiting for a dependency", topic=self.topic.name, error=type(error).__name__)
            await asyncio.sleep(1)
            raise

    async def _accept(self, record: ConsumerRecord[Any, Any]) -> tuple[ConsumerRecord[Any, Any], Delivery] | None:
        """The delivery of a record, or None when it was set aside or is somebody else's replay."""
        if (record.partition, record.offset) in self._set_aside:
            return None
        headers = header_map(record) if any(name == REPLAY_FOR for name, _ in record.headers) else {}
        replayed_for = headers.get(REPLAY_FOR)
        if replayed_for is None:
            admitted = not self._dead_letters.is_parked(record.key)
        elif replayed_for == self._group:
            admitted = self._dead_letters.admits_replay(record.key, last=REPLAY_LAST in headers)
        else:
            return None
        if not admitted:
            await self._put_aside(record, Reason.PARKED)
            return None
        try:
            event = parse(self.topic, record.value)
        except InvalidEvent as error:
            await self._put_aside(record, Reason.INVALID, error, str(error))
            return None
        self._recent.append(False)
        key = (record.key or b"").decode("utf-8", "replace")
        return record, Delivery(event, key, record.partition, record.offset)

    async def _process(self, batch: list[tuple[ConsumerRecord[Any, Any], Delivery]]) -> None:
        """Handle a batch; when it fails for its content, halve it until the culprit stands alone."""
        if not batch:
            return
        try:
            await self._handler([d for _, d in batch])
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded as a dead letter
            if len(batch) == 1:
                await self._retry(batch[0], error)
                return
            middle = len(batch) // 2
            await self._process(batch[:middle])
            await self._process([b for b in batch[middle:] if not await self._parked_meanwhile(b)])

    async def _parked_meanwhile(self, item: tuple[ConsumerRecord[Any, Any], Delivery]) -> bool:
        parked = self._dead_letters.is_parked(item[0].key)
        if parked:
            await self._put_aside(item[0], Reason.PARKED)
        return parked

    async def _put_aside(
        self, record: ConsumerRecord[Any, Any], reason: Reason, error: Exception | None = None, detail: str = ""
    ) -> None:
        """Write a dead letter, once: a batch comes again as a whole when a dependency fails later in it."""
        await self._dead_letters.put(record, reason, error, detail)
        self._set_aside.add((record.partition, record.offset))
        if reason is not Reason.PARKED:
            self._recent.append(True)

    async def _retry(self, item: tuple[ConsumerRecord[Any, Any], Delivery], error: Exception) -> None:
        for attempt in range(1, TRIES):
            await asyncio.sleep(0.1 * 2**attempt)
            try:
                await self._handler([item[1]])
            except TRANSIENT:
                raise
            except Exception as again:  # noqa: BLE001 - recorded below
                error = again
            else:
                return
        record = item[0]
        _log.error(
            "dead letter", topic=self.topic.name, partition=record.partition, offset=record.offset, exc_info=error
        )
        await self._put_aside(record, Reason.POISON, error)


async def _tolerant_parser(records: Any, original: Callable[[Any], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """FastStream's parser raises on headers that are no text, which would stop the consumer for good."""
    try:
        return await original(records)
    except (UnicodeDecodeError, AttributeError):
        return await original(tuple(replace(r, headers=()) for r in records))


async def _raw_decoder(message: KafkaMessage) -> Any:
    """Records are validated one by one; a batch decoded at once fails whole for one bad record."""
    return message.body
