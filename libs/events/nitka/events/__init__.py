"""The public language of Nitka: event contracts, topics and examples."""

from nitka.events.agent import ConversationServed, Presence, PresenceChanged
from nitka.events.commerce import OrderLine, OrderPlaced, ShopVisited
from nitka.events.common import (
    UNDELIVERED,
    Attachment,
    Channel,
    ContactKind,
    ContactPoint,
    ConversationStatus,
    DeliveryState,
)
from nitka.events.customer import (
    CustomerErased,
    CustomerIdentified,
    CustomersMerged,
    CustomerUpdated,
    Segment,
    SegmentChanged,
)
from nitka.events.envelope import (
    SYSTEM,
    Actor,
    ActorKind,
    Envelope,
    Payload,
    UtcDatetime,
    derived_id,
    envelope,
)
from nitka.events.inbound import Automatic, Bounce, MessageReceived, RatingReceived, ThreadRefs
from nitka.events.outbound import MessageReceipt, MessageRequested, RatingAsk
from nitka.events.topics import TOPICS, Topic
from nitka.events.wire import Event, InvalidEvent, headers, parse, serialize

__all__ = [
    "SYSTEM",
    "TOPICS",
    "UNDELIVERED",
    "Actor",
    "ActorKind",
    "Attachment",
    "Automatic",
    "Bounce",
    "Channel",
    "ContactKind",
    "ContactPoint",
    "ConversationServed",
    "ConversationStatus",
    "CustomerErased",
    "CustomerIdentified",
    "CustomerUpdated",
    "CustomersMerged",
    "DeliveryState",
    "Envelope",
    "Event",
    "InvalidEvent",
    "MessageReceipt",
    "MessageReceived",
    "MessageRequested",
    "OrderLine",
    "OrderPlaced",
    "Payload",
    "Presence",
    "PresenceChanged",
    "RatingAsk",
    "RatingReceived",
    "Segment",
    "SegmentChanged",
    "ShopVisited",
    "ThreadRefs",
    "Topic",
    "UtcDatetime",
    "derived_id",
    "envelope",
    "headers",
    "parse",
    "serialize",
]
