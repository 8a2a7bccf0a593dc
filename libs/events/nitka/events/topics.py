"""All topics: name, key, the payloads that travel on it, and how the broker keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nitka.events import agent, commerce, conversation, customer, inbound, outbound
from nitka.events.envelope import Payload

DAY_MS = 24 * 60 * 60 * 1000
CONTENT_RETENTION_MS = 30 * DAY_MS
"""How long topics that carry message text or addresses keep it."""


@dataclass(frozen=True)
class Topic:
    """One topic. `key` says in words what the partition key is; `config` are broker settings of the topic."""

    name: str
    key: str
    payloads: tuple[type[Payload], ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 6
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def dlq(self) -> str:
        """Name of this topic's dead-letter topic."""
        return f"{self.name}.dlq"

    @cached_property
    def types_by_key(self) -> dict[tuple[str, int], type[Payload]]:
        """(type, version) → payload model."""
        return {(p.TYPE, p.VERSION): p for p in self.payloads}


_CONTENT = {"retention.ms": str(CONTENT_RETENTION_MS)}

INBOUND_MESSAGES = Topic(
    name="inbound.messages.v1",
    key="channel account + external thread",
    payloads=(inbound.MessageReceived, inbound.RatingReceived),
    producers=("ingest-email", "ingest-social"),
    consumers=("conversation",),
    # One broker has no replica to fall back on: an acknowledged message must be on its disk.
    config={**_CONTENT, "flush.messages": "1"},
)
OUTBOUND_MESSAGES = Topic(
    name="outbound.messages.v1",
    key="conversation id",
    payloads=(outbound.MessageRequested,),
    producers=("conversation",),
    consumers=("ingest-email", "ingest-social"),
    config=_CONTENT,
)
OUTBOUND_RECEIPTS = Topic(
    name="outbound.receipts.v1",
    key="conversation id",
    payloads=(outbound.MessageReceipt,),
    producers=("ingest-email", "ingest-social"),
    consumers=("conversation",),
    config={**_CONTENT, "flush.messages": "1"},
)
CONVERSATION_EVENTS = Topic(
    name="conversation.events.v1",
    key="conversation id",
    payloads=(
        conversation.ConversationOpened,
        conversation.CustomerMessageReceived,
        conversation.AgentReplied,
        conversation.NoteAdded,
        conversation.ReplyScheduled,
        conversation.ReplyWithdrawn,
        conversation.Forwarded,
        conversation.AutoReplied,
        conversation.DeliveryChanged,
        conversation.Assigned,
        conversation.FollowerAdded,
        conversation.FollowerRemoved,
        conversation.ParticipantAdded,
        conversation.ParticipantRemoved,
        conversation.PriorityChanged,
        conversation.QueueChanged,
        conversation.LabelAdded,
        conversation.LabelRemoved,
        conversation.Closed,
        conversation.Reopened,
        conversation.Snoozed,
        conversation.Archived,
        conversation.RatingRequested,
        conversation.Rated,
        conversation.RatingAbsorbed,
        conversation.CustomerLinked,
        conversation.MergedInto,
        conversation.Absorbed,
        conversation.SplitOff,
    ),
    producers=("conversation",),
    consumers=("routing", "customer-profile", "reporting", "gateway"),
    config=_CONTENT,
)
AGENT_EVENTS = Topic(
    name="agent.events.v1",
    key="agent id",
    payloads=(agent.PresenceChanged, agent.ConversationServed),
    producers=("routing",),
    consumers=("reporting", "gateway"),
)
COMMERCE_EVENTS = Topic(
    name="commerce.events.v1",
    key="shop + customer key",
    payloads=(commerce.OrderPlaced, commerce.ShopVisited),
    producers=("ingest-commerce",),
    consumers=("customer-profile",),
    config={**_CONTENT, "flush.messages": "1"},
)
CUSTOMER_EVENTS = Topic(
    name="customer.events.v1",
    key="customer id",
    payloads=(
        customer.CustomerIdentified,
        customer.CustomerUpdated,
        customer.SegmentChanged,
        customer.CustomersMerged,
        customer.CustomerErased,
    ),
    producers=("customer-profile",),
    consumers=("conversation", "reporting", "gateway"),
    config=_CONTENT,
)

TOPICS: tuple[Topic, ...] = (
    INBOUND_MESSAGES,
    OUTBOUND_MESSAGES,
    OUTBOUND_RECEIPTS,
    CONVERSATION_EVENTS,
    AGENT_EVENTS,
    COMMERCE_EVENTS,
    CUSTOMER_EVENTS,
)
