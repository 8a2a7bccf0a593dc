"""WhatsApp's payloads in our words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitka.events import Automatic, MessageReceipt, MessageReceived, RatingAsk, RatingReceived, serialize
from nitka.events.topics import INBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.events.wire import parse
from nitka.ingest_social.domain import Context, Keyed, Reading, Tracker, read
from nitka.ingest_social.domain.rating import interactive

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTEXT = Context(now=NOW, blob="sha256/" + "0" * 64)
SHARED = Path(__file__).parents[4] / "shared/fixtures/webhooks"
Build = Callable[..., bytes]

TEXT = {
    "from": "48600100200",
    "id": "wamid.A",
    "timestamp": "1767225600",
    "type": "text",
    "text": {"body": "Where is my order?"},
}


def message(keyed: Keyed) -> MessageReceived:
    found = parse(INBOUND_MESSAGES, serialize(keyed.envelope)).payload
    assert isinstance(found, MessageReceived)
    return found


def receipt(keyed: Keyed) -> MessageReceipt:
    found = parse(OUTBOUND_RECEIPTS, serialize(keyed.envelope)).payload
    assert isinstance(found, MessageReceipt)
    return found


def test_a_text_message(payload: Build) -> None:
    found = read(payload(messages=[TEXT | {"context": {"id": "wamid.before"}}]), CONTEXT)
    (keyed,) = found.messages
    got = message(keyed)
    assert found.unknown == ()
    assert keyed.key == "555001|+48600100200"
    assert keyed.envelope.occurred_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (got.channel, got.account, got.external_id) == ("whatsapp", "555001", "wamid.A")
    assert (got.sender.key, got.sender.name) == ("phone:+48600100200", "Ann Nowak")
    assert [c.value for c in got.to] == ["+48225550001"]
    assert (got.text, got.raw_blob, got.automatic) == ("Where is my order?", CONTEXT.blob, None)
    assert (got.thread.external_thread, got.thread.in_reply_to) == ("+48600100200", ("wamid.before",))


def test_a_redelivery_is_the_same_event_and_another_account_another(payload: Build) -> None:
    first = read(payload(messages=[TEXT]), CONTEXT).messages[0].envelope
    later = Context(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert read(payload(messages=[TEXT]), later).messages[0].envelope.event_id == first.event_id
    other = read(payload(messages=[TEXT]).replace(b'"555001"', b'"555002"'), CONTEXT).messages[0].envelope
    assert other.event_id != first.event_id


CARD = {"name": {"formatted_name": "Jan"}, "phones": [{"phone": "+48 1"}]}
PLACE = {"latitude": 52.2, "longitude": 21, "name": "Home"}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("image", {"id": "1", "caption": "the\nbox"}, "[image] the\nbox"),
        ("document", {"filename": "invoice.pdf"}, "[document] invoice.pdf"),
        ("audio", {"voice": True}, "[audio]"),
        ("location", PLACE, "[location] Home 52.2, 21"),
        ("contacts", [CARD], "[contact] Jan +48 1"),
        ("interactive", {"type": "button_reply", "button_reply": {"title": "Yes"}}, "Yes"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": '{"q":"a"}'}}, "[form]\nq: a"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "no json"}}, "[form]"),
        ("interactive", {}, "[interactive]"),
        ("button", {"text": "Stop"}, "Stop"),
        ("reaction", {"emoji": "👍"}, "[reaction] 👍"),
        ("revoke", {}, "[message deleted by its sender]"),
        ("order", {"product_items": [{}, {}], "text": "Fast"}, "[order of 2 products] Fast"),
        ("edit", {"message": {"type": "text", "text": {"body": "new"}}}, "[edited] new"),
        ("hologram", {}, "[hologram]"),
        ("<script>", {}, "[unsupported message]"),
        ("text", {"body": "a\x00b\ud800"}, "ab?"),
    ],
)
def test_every_type_is_a_message_with_text(payload: Build, kind: str, content: Any, expected: str) -> None:
    bare = {k: v for k, v in TEXT.items() if k not in ("type", "text")}
    (keyed,) = read(payload(messages=[bare | {"type": kind, kind: content}]), CONTEXT).messages
    assert message(keyed).text == expected


def rating_row(row: str, kind: str = "list_reply") -> dict[str, Any]:
    bare = {k: v for k, v in TEXT.items() if k not in ("type", "text")}
    content = {"type": kind, kind: {"id": row, "title": "★★★★☆", "description": "4/5"}}
    return bare | {"type": "interactive", "interactive": content, "context": {"from": "1", "id": "wamid.ask"}}


def test_a_chosen_rating_is_a_rating_and_no_message(payload: Build) -> None:
    asked = RatingAsk(question="How did we do?", token="AZDH-x_y")
    rows = interactive(asked)["action"]["sections"][0]["rows"]
    found = read(payload(messages=[rating_row(rows[1]["id"])]), CONTEXT)
    (keyed,) = found.messages
    got = parse(INBOUND_MESSAGES, serialize(keyed.envelope)).payload
    assert isinstance(got, RatingReceived)
    assert (got.score, got.token, got.account, got.external_id) == (4, "AZDH-x_y", "555001", "wamid.A")
    assert (got.sender.key, got.sender.name) == ("phone:+48600100200", "Ann Nowak")
    assert (got.thread.external_thread, got.thread.in_reply_to) == ("+48600100200", ("wamid.ask",))
    assert keyed.key == "555001|+48600100200", "in order with the same person's messages"
    again = read(payload(messages=[rating_row(rows[1]["id"])]), CONTEXT).messages[0]
    assert again.envelope.event_id == keyed.envelope.event_id


def test_a_rating_by_button_counts_too(payload: Build) -> None:
    (keyed,) = read(payload(messages=[rating_row("nitka-rating:1:t", "button_reply")]), CONTEXT).messages
    assert isinstance(keyed.envelope.payload, RatingReceived)


@pytest.mark.parametrize(
    "row", ["nitka-rating:6:t", "nitka-rating:0:t", "nitka-rating:5:", "x nitka-rating:5:t", ""]
)
def test_a_row_that_is_not_ours_is_a_message(payload: Build, row: str) -> None:
    (keyed,) = read(payload(messages=[rating_row(row)]), CONTEXT).messages
    assert message(keyed).text == "★★★★☆"


@pytest.mark.parametrize(
    ("word", "state"),
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read"), ("failed", "failed")],
)
def test_every_status_has_its_state(payload: Build, word: str, state: str) -> None:
    (keyed,) = read(payload(statuses=[{"id": "wamid.B", "status": word}]), CONTEXT).receipts
    assert receipt(keyed).state == state


def test_a_type_that_whatsapp_does_not_pass_on_says_so(payload: Build) -> None:
    unsupported = TEXT | {"type": "unsupported", "errors": [{"code": 131051, "title": "No"}]}
    (keyed,) = read(payload(messages=[unsupported]), CONTEXT).messages
    assert message(keyed).text == "[unsupported message] No (131051)"


def test_a_notice_of_whatsapp_itself_waits_for_no_answer(payload: Build) -> None:
    system = TEXT | {"type": "system", "system": {"body": "changed number"}}
    assert message(read(payload(messages=[system]), CONTEXT).messages[0]).automatic is Automatic.AUTO_REPLY


def test_a_person_who_hides_the_number_is_known_by_the_user_id(payload: Build) -> None:
    hidden = {k: v for k, v in TEXT.items() if k != "from"} | {"from_user_id": "PL.123"}
    (keyed,) = read(payload(messages=[hidden]), CONTEXT).messages
    assert (message(keyed).sender.key, keyed.key) == ("chat:PL.123", "555001|PL.123")


def test_one_bad_message_does_not_hide_the_good_one(payload: Build) -> None:
    found = read(payload(messages=[{"type": "text"}, "nonsense", TEXT]), CONTEXT)
    assert [message(m).external_id for m in found.messages] == ["wamid.A"]
    assert found.unknown == ("message", "message")


def test_a_status_finds_its_conversation_by_the_tracker(payload: Build) -> None:
    tracker = Tracker(UUID(int=1), UUID(int=2), 3)
    error = {"code": 131047, "title": "Re-engagement message", "error_data": {"details": "More than 24 hours"}}
    status = {"id": "wamid.B", "status": "failed", "timestamp": "1767225600", "recipient_id": "48600100200"}
    tracked = status | {"biz_opaque_callback_data": str(tracker), "errors": [error]}
    (keyed,) = read(payload(statuses=[tracked]), CONTEXT).receipts
    got = receipt(keyed)
    assert keyed.key == str(UUID(int=1))
    assert (got.conversation_id, got.message_id, got.attempt) == (UUID(int=1), UUID(int=2), 3)
    assert (got.state, got.provider_id, got.recipient) == ("failed", "wamid.B", "+48600100200")
    assert got.reason is not None
    assert got.reason.startswith("More than 24 hours have passed since the customer last wrote")
    assert got.reason.endswith("(131047)")


def test_a_status_of_a_message_that_is_not_ours_goes_by_its_id(payload: Build) -> None:
    status = {"id": "wamid.B", "status": "read", "biz_opaque_callback_data": "somebody else's"}
    (keyed,) = read(payload(statuses=[status]), CONTEXT).receipts
    assert (keyed.key, receipt(keyed).conversation_id, keyed.envelope.occurred_at) == ("wamid.B", None, NOW)


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        (b"", ("payload",)),
        (b"\xff\xfe", ("payload",)),
        (b"[" * 100_000, ("payload",)),
        (b'{"object":"page","entry":[]}', ("payload",)),
        (b'{"object":"whatsapp_business_account"}', ("entry",)),
        (b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"x","value":1}]}]}', ("x",)),
    ],
)
def test_what_is_not_understood_is_named(body: bytes, unknown: tuple[str, ...]) -> None:
    assert read(body, CONTEXT) == Reading(unknown=unknown)


def test_content_beside_messages_is_named(payload: Build) -> None:
    assert read(payload(messages=[TEXT], errors=[{}]), CONTEXT).unknown == ("messages",)
    assert read(payload(), CONTEXT).unknown == ("messages",)
    assert read(payload(statuses=[{"id": "wamid.B", "status": "teleported"}]), CONTEXT).unknown == ("status",)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
TYPES = ["text", "image", "location", "contacts", "interactive", "edit", "order", "system", "reaction"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_makes_it_fail_and_what_comes_out_fits_the_contract(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(TYPES))
    hostile = {
        "from": data.draw(st.sampled_from(["48600100200", ""]) | ANYTHING),
        "id": data.draw(st.sampled_from(["wamid.A"]) | ANYTHING),
        "timestamp": data.draw(st.sampled_from(["1", "9" * 30, -1e300]) | ANYTHING),
        "type": kind,
        kind: data.draw(
            ANYTHING | st.dictionaries(st.sampled_from(["body", "type", "name", "message"]), ANYTHING)
        ),
        "context": data.draw(ANYTHING),
    }
    value = {
        "metadata": data.draw(st.just({"phone_number_id": "1"}) | ANYTHING),
        "contacts": data.draw(ANYTHING),
        "messages": data.draw(st.just([hostile]) | ANYTHING),
        "statuses": data.draw(ANYTHING),
    }
    body = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    found = read(json.dumps(body).encode(), CONTEXT)
    for keyed in found.messages:
        assert message(keyed).text
    for keyed in found.receipts:
        assert receipt(keyed).provider_id


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert read(body, CONTEXT).unknown


def shared(folder: str) -> list[Any]:
    files = sorted((SHARED / folder).glob("*.json"))
    return [pytest.param(f, id=f.stem) for f in files] or [
        pytest.param(None, marks=pytest.mark.skip(reason="no shared fixtures here"))
    ]


@pytest.mark.parametrize("file", shared("pywa_whatsapp"))
def test_real_payloads_lose_nothing(file: Path) -> None:
    raw = json.loads(file.read_bytes())
    values = [c["value"] for e in raw["entry"] for c in e["changes"] if c["field"] == "messages"]
    found = read(file.read_bytes(), CONTEXT)
    assert len(found.messages) == sum(len(v.get("messages", ())) for v in values)
    assert len(found.receipts) == sum(len(v.get("statuses", ())) for v in values)
    assert bool(found.unknown) == (not values)
    assert all(message(m).text for m in found.messages)


@pytest.mark.parametrize("file", shared("chatwoot_meta"))
def test_payloads_of_other_channels_are_kept_not_mistaken(file: Path) -> None:
    assert read(file.read_bytes(), CONTEXT) == Reading(unknown=("payload",))
