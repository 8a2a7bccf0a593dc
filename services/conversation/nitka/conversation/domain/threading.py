"""Where a message belongs: conversation token, In-Reply-To, References, subject token of a participant.

Mail arrives out of order, so every id that a message names is indexed: an answer that comes before its question
opens the conversation which the question then joins.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from nitka.events import Channel, MessageReceived

_TAG_BYTES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """`conversation` is None for a new conversation. `merge`: others that prove to be the same thread."""

    conversation: UUID | None
    merge: tuple[UUID, ...] = ()


def token(key: bytes, conversation_id: UUID) -> str:
    """39 characters `[a-z2-7]` that name a conversation and cannot be guessed; safe in a mail address."""
    return base64.b32encode(conversation_id.bytes + _tag(key, conversation_id)).decode().rstrip("=").lower()


def read_token(key: bytes, text: str) -> UUID | None:
    """The conversation that a token names; None for anything that `token` did not make."""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    if len(raw) != 16 + _TAG_BYTES:
        return None
    found = UUID(bytes=raw[:16])
    return found if hmac.compare_digest(raw[16:], _tag(key, found)) else None


def _tag(key: bytes, conversation_id: UUID) -> bytes:
    return hmac.new(key, conversation_id.bytes, hashlib.sha256).digest()[:_TAG_BYTES]


def own_key(message: MessageReceived) -> str:
    """The index key of the message itself, or of its thread on a channel that has threads of its own."""
    if message.channel is Channel.EMAIL:
        return message.thread.message_id or message.external_id
    return f"thread:{message.thread.external_thread}"


def named_keys(message: MessageReceived) -> list[str]:
    """The ids that the message refers to, the most telling first: In-Reply-To, then References, newest first."""
    if message.channel is not Channel.EMAIL:
        return []
    bounced = [b.original_message_id for b in message.bounces if b.original_message_id]
    found = [*message.thread.in_reply_to, *reversed(message.thread.references), *bounced]
    return list(dict.fromkeys(found))


def place(
    message: MessageReceived,
    *,
    by_token: Sequence[UUID],
    by_key: Mapping[str, UUID],
    by_subject: Sequence[UUID],
    parted: Collection[UUID],
) -> Place:
    """Decide where a message belongs.

    `by_token` are conversations of the same inbox named by genuine tokens, `by_key` the index of message ids,
    `by_subject` the conversations named in the subject in which the sender takes part. `parted` are conversations
    whose messages were split off from the first of `by_token`: the token tells where our message left from, its id
    where it is.

    All the conversations that a message names or is named in are one thread, or the threads would depend on the
    order in which their messages come.
    """
    named = [by_key[k] for k in named_keys(message) if k in by_key]
    if by_token:
        return Place(named[0] if named and named[0] in parted else by_token[0])
    own = by_key.get(own_key(message))
    if found := list(dict.fromkeys([*named, *([own] if own else [])])):
        return Place(found[0], merge=tuple(found[1:]))
    return Place(by_subject[0] if by_subject else None)


def rating_token(key: bytes, conversation_id: UUID, closing: int) -> str:
    """The secret part of a rating link: names a conversation and which of its closings is rated."""
    named = conversation_id.bytes + closing.to_bytes(4, "big")
    return base64.urlsafe_b64encode(named + _rating_tag(key, named)).decode().rstrip("=")


def read_rating_token(key: bytes, text: str) -> tuple[UUID, int] | None:
    """The conversation and the closing that a rating token names; None for anything forged."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    named, tag = raw[:20], raw[20:]
    if len(named) != 20 or not hmac.compare_digest(tag, _rating_tag(key, named)):
        return None
    return UUID(bytes=named[:16]), int.from_bytes(named[16:], "big")


def _rating_tag(key: bytes, named: bytes) -> bytes:
    return hmac.new(key, b"rating" + named, hashlib.sha256).digest()[:16]
