"""What became of an outbound mail, from the relay's replies, and the receipts that tell it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nitka.events import (
    SYSTEM,
    Channel,
    DeliveryState,
    Envelope,
    MessageReceipt,
    MessageRequested,
    derived_id,
    envelope,
)
from nitka.events.topics import CONTENT_RETENTION_MS
from nitka.ingest_email.domain.bounces import is_hard, status_in
from nitka.ingest_email.domain.headers import words

MAX_BACKOFF_SECONDS = 3600.0
MEMORY = timedelta(milliseconds=CONTENT_RETENTION_MS)
"""How far back attempts are remembered for sure: as long as the topic keeps requests. Whoever publishes older ones
again replays a history whose mails have left."""

SERVICE_NOT_AVAILABLE = 421
PATIENCE = timedelta(days=2)
"""How long a mail waits for a relay that is in trouble, whatever the mail."""

_RELAY_PAUSE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """The relay would not take the mail for this recipient (None: for any); `code` 0: it said nothing.

    `state` is UNCONFIRMED when nobody knows whether it did.
    """

    recipient: str | None
    code: int
    reason: str
    hard: bool
    state: DeliveryState = DeliveryState.FAILED

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500

    @property
    def of_relay(self) -> bool:
        """Trouble with the way, whatever the mail: no connection, TLS, login, "service not available"."""
        return self.code in (0, SERVICE_NOT_AVAILABLE)

    @property
    def text(self) -> str:
        return f"{self.code} {self.reason}".strip() if self.code else self.reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `refused` are recipients who did not get it, by name."""

    state: DeliveryState
    reason: str | None = None
    hard: bool = False
    refused: tuple[Refusal, ...] = ()

    @property
    def later(self) -> tuple[Refusal, ...]:
        """Who may get it yet, when it left for others. After an unclear try an agent decides."""
        return tuple(r for r in self.refused if r.temporary) if self.state is DeliveryState.SENT else ()

    def without(self, later: Sequence[Refusal]) -> Outcome:
        return replace(self, refused=tuple(r for r in self.refused if r not in later))


def refusal(recipient: str | None, code: int, reply: str) -> Refusal:
    """The relay's reply as a refusal. Hard means that the address itself is bad."""
    reason = words(reply)[:900]
    hard = 500 <= code < 600 and is_hard(status_in(reason), f"{code} {reason}".lower())
    return Refusal(recipient, code, reason, hard)


def failed(refused: Refusal) -> Outcome:
    return Outcome(DeliveryState.FAILED, refused.text, refused.hard)


def joined(before: Outcome | None, found: Outcome, only: Sequence[str]) -> Outcome:
    """What is known after one more try, which was for `only` (empty: for all).

    What became of a try for some is told of each by name: others have the mail.
    """
    named = found.refused
    if found.state is not DeliveryState.SENT:
        known = {r.recipient for r in named}
        rest = (Refusal(a, 0, found.reason or "", found.hard, found.state) for a in only if a not in known)
        named = (*named, *rest)
    return replace(before, refused=(*before.refused, *named)) if before else replace(found, refused=named)


def pause(refused: Refusal, age: timedelta, tries: int, *, first: float, most: int) -> float | None:
    """Seconds until the next try of a mail that was queued `age` ago; None: it has been tried for long enough.

    `tries` counts, this one included, how often the mail itself was refused, at most `most` times. Trouble with
    the relay says nothing of the mail: that waits again as long as it has waited already, up to some minutes.
    """
    if refused.of_relay:
        return min(max(first, age.total_seconds()), _RELAY_PAUSE_SECONDS) if age < PATIENCE else None
    return backoff(tries, first) if tries < most else None


def backoff(tries: int, first: float) -> float:
    """Seconds until the next try after `tries` tries."""
    return min(first * 2.0 ** min(tries - 1, 20), MAX_BACKOFF_SECONDS)


def receipts(cause: Envelope, message: MessageRequested, outcome: Outcome, now: datetime) -> Iterator[Envelope]:
    """The events that tell an outcome: one for the mail, one for each recipient who did not get it."""
    yield _receipt(cause, message, now, outcome.state, outcome.reason, outcome.hard, None)
    for one in outcome.refused:
        yield _receipt(cause, message, now, one.state, one.text, one.hard, one.recipient)


def _receipt(
    cause: Envelope,
    message: MessageRequested,
    now: datetime,
    state: DeliveryState,
    reason: str | None,
    hard: bool,
    recipient: str | None,
) -> Envelope:
    payload = MessageReceipt(
        conversation_id=message.conversation_id,
        message_id=message.message_id,
        channel=Channel.EMAIL,
        account=message.account,
        state=state,
        provider_id=message.external_id,
        recipient=recipient,
        reason=reason[:1000] if reason else None,
        hard=hard,
        attempt=message.attempt,
    )
    return envelope(
        payload,
        event_id=derived_id(
            "email-receipt", str(message.message_id), str(message.attempt), state.value, recipient or ""
        ),
        actor=SYSTEM,
        occurred_at=now,
        recorded_at=now,
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )
