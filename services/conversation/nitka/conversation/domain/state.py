"""The state of one conversation: everything that a decision needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nitka.conversation.domain import events as e
from nitka.events import UNDELIVERED, Channel, ConversationStatus, DeliveryState
from nitka.events.conversation import ForwardMode, Priority


class Held(BaseModel):
    """A message that waits to leave: whose it is, until when, and what follows; what it passes on, if it is no
    answer. `seen` is the version that its author knew, None in old events: all there is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_id: str
    send_at: datetime
    then: e.Then = e.Then.NOTHING
    snooze_until: datetime | None = None
    seen: int | None = None
    original_id: UUID | None = None
    mode: ForwardMode | None = None


class Owed(BaseModel):
    """What we owe: since when the customer waits for an answer, and since when for another one in place of what is
    `lost`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waiting_since: datetime | None = None
    lost_since: datetime | None = None
    lost: frozenset[UUID] = frozenset()


class Conversation(BaseModel):
    """Everything that a decision needs. `version` is the number of events so far.

    `refused`: recipients who did not get a message that others got; `retried`: whom alone its last attempt was
    for. `waiting_since`: since when the customer would wait for us were nothing lost; None for not. `closings`,
    `asked_closing` and `rated_closing` count closings, so that each one is asked about and rated once; `closed_by`
    are the agents behind them: who closed, else who had answered last (`answered_by`). `inbound` is the version of
    the last message of the customer's side that a person wrote, `inbound_at` its time; `undelivered` that of the
    last news that an agent's message may not have arrived. `lost` are such messages, until they arrive after all,
    or an agent answers anew or is done here; since `lost_since` they make the customer wait. `done` is what that
    ended, while closed or archived. `begun_by_us`: an agent wrote first. `snoozed_by`: the agent who put it aside.
    `split_from`: conversations that messages of this one were in before they were split off; `numbers`: under
    which they were answered elsewhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    number: int
    channel: Channel
    account: str
    status: ConversationStatus
    automatic: bool
    opened_at: datetime
    contacts: frozenset[UUID]
    messages: tuple[UUID, ...] = ()
    deliveries: dict[UUID, tuple[DeliveryState, int]] = {}
    refused: dict[UUID, frozenset[UUID]] = {}
    retried: dict[UUID, frozenset[UUID]] = {}
    assignee: str | None = None
    labels: frozenset[str] = frozenset()
    followers: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()
    participants: frozenset[UUID] = frozenset()
    priority: Priority = Priority.NORMAL
    queue: str | None = None
    held: dict[UUID, Held] = {}
    auto_replied_at: datetime | None = None
    begun_by_us: bool = False
    inbound: int = 0
    inbound_at: datetime | None = None
    undelivered: int = 0
    lost: frozenset[UUID] = frozenset()
    lost_since: datetime | None = None
    waiting_since: datetime | None = None
    done: Owed | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    replied: bool = False
    touched: bool = False
    answered_by: str | None = None
    closings: int = 0
    closed_by: dict[int, str] = {}
    asked_closing: int = 0
    rated_closing: int = 0
    rating: int | None = None
    customer_id: UUID | None = None
    merged_into: UUID | None = None
    split_from: frozenset[UUID] = frozenset()
    numbers: frozenset[int] = frozenset()

    def wrote_after(self, seen: int | None) -> bool:
        """Whether the customer has written something that somebody who has `seen` so much does not know."""
        return seen is not None and self.inbound > seen

    def is_missed(self, message_id: UUID) -> bool:
        """Whether a message of ours is here and somebody has not got it."""
        state, _ = self.deliveries.get(message_id, (None, 1))
        return state in UNDELIVERED or message_id in self.refused

    def arrives(self, message_id: UUID, delivery: DeliveryState) -> bool:
        """Whether a message of ours is where it belongs with this news of it, for all whom it is for."""
        return delivery not in (DeliveryState.QUEUED, *UNDELIVERED) and not self.refused.get(message_id)

    @property
    def owed(self) -> Owed:
        """Who waits for us now, and what of ours is lost."""
        return Owed(
            waiting_since=self.waiting_since, lost_since=self.lost_since if self.lost else None, lost=self.lost
        )

    @property
    def owed_since(self) -> datetime | None:
        """Since when we owe the customer something; None when nothing."""
        return e.earliest(self.owed.waiting_since, self.owed.lost_since)

    @property
    def is_blank(self) -> bool:
        """Whether an agent began it and nothing has left yet."""
        return self.begun_by_us and not self.messages

    def after(self, **changes: Any) -> Conversation:
        """One event later."""
        return self.model_copy(update={**changes, "version": self.version + 1})
