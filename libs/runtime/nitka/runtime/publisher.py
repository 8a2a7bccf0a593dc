"""Publishing to Kafka with a bound: acknowledged by all replicas, or an error in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from nitka.events import Envelope, Topic, headers, serialize

TIMEOUT = 10.0
"""Seconds after which an unacknowledged record counts as failed. It may still land: resend the same event."""


class PublishError(RuntimeError):
    """The broker did not acknowledge in time or refused."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to publish."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def record(topic: Topic, key: str, envelope: Envelope) -> Record:
    """The record of an event, with its CloudEvents headers."""
    return Record(topic.name, key, serialize(envelope), headers(envelope))


class Publisher:
    """One producer of a process.

    aiokafka sends one batch per partition at a time, so order holds without the idempotent protocol, whose
    sends never time out and whose producer dies of sequence errors; a retry may double a record, which every
    consumer recognises by `event_id`.
    """

    def __init__(self, servers: str, client_id: str) -> None:
        self._servers, self._client_id = servers, client_id
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect; retried until the broker answers, since a service may start before it."""
        while self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                client_id=self._client_id,
                acks="all",
                linger_ms=2,
                max_batch_size=512 * 1024,
                max_request_size=8 * 1024 * 1024,
                request_timeout_ms=int(TIMEOUT * 800),
                retry_backoff_ms=100,
            )
            try:
                await producer.start()
            except KafkaError:
                await producer.stop()
                await asyncio.sleep(0.5)
            else:
                self._producer = producer

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def publish(self, *records: Record) -> None:
        """Publish in order, pipelined; returns when all are acknowledged. Raises PublishError."""
        try:
            async with asyncio.timeout(TIMEOUT):
                # Not `gather`: a callback for each of thousands of futures would cost more than sending them.
                for acknowledged in [await self._send(r) for r in records]:
                    await acknowledged
        except (KafkaError, TimeoutError) as error:
            raise PublishError(f"{type(error).__name__} while publishing to {records[0].topic}") from error

    async def ready(self) -> None:
        """A readiness check: raises unless a broker answers now."""
        await self._connected().client.fetch_all_metadata()

    def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise PublishError("not connected to Kafka")
        return self._producer

    async def _send(self, r: Record) -> asyncio.Future[object]:
        pairs: Iterable[tuple[str, bytes]] = [(k, v.encode()) for k, v in r.headers.items()]
        future: asyncio.Future[object] = await self._connected().send(
            r.topic, value=r.value, key=r.key.encode(), headers=list(pairs)
        )
        return future
