"""A webhook's body → records on Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nitka.events.topics import INBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.ingest_social.domain import Context, read
from nitka.runtime import logs, telemetry
from nitka.runtime.blobs import Blobs
from nitka.runtime.publisher import Publisher, Record, record

_log = logs.get("inbound")


class Inbound:
    """Publishes what WhatsApp's webhooks say."""

    def __init__(self, publisher: Publisher, blobs: Blobs) -> None:
        self._publisher, self._blobs = publisher, blobs

    async def deliver(self, bodies: Sequence[bytes]) -> None:
        """Publish everything in these bodies, in order; repeatable. Returns when Kafka has acknowledged."""
        records = [r for body in bodies for r in await self._records(body)]
        if records:
            await self._publisher.publish(*records)

    async def _records(self, body: bytes) -> list[Record]:
        context = Context(now=datetime.now(UTC), traceparent=telemetry.current_traceparent())
        found = read(body, context)
        if found.messages or found.unknown:
            blob = await self._blobs.put(body)
            found = read(body, replace(context, blob=blob))
            if found.unknown:
                _log.info("not understood, kept raw", blob=blob, places=found.unknown)
        return [
            *(record(INBOUND_MESSAGES, m.key, m.envelope) for m in found.messages),
            *(record(OUTBOUND_RECEIPTS, r.key, r.envelope) for r in found.receipts),
        ]
