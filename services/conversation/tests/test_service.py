"""The running service: Kafka in, HTTP commands, Kafka out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from tests.topics import everything_on

from nitka.events import (
    SYSTEM,
    Channel,
    ContactKind,
    ContactPoint,
    DeliveryState,
    MessageReceipt,
    MessageReceived,
    MessageRequested,
    Payload,
    ThreadRefs,
    Topic,
    conversation,
    envelope,
)
from nitka.events.topics import CONVERSATION_EVENTS, INBOUND_MESSAGES, OUTBOUND_MESSAGES, OUTBOUND_RECEIPTS
from nitka.local.testing import LocalStack
from nitka.runtime.publisher import Publisher, record
from nitka.runtime.tokens import Caller, Role, issue

pytestmark = pytest.mark.stack

ACCOUNT = "support@shop.example"
OLA = Caller(id="ola", role=Role.AGENT, name="Ola")


@pytest.fixture(scope="module")
def service(services: LocalStack) -> Iterator[LocalStack]:
    services.start("conversation")
    yield services
    services.stop("conversation")


class Client:
    """An agent's calls to the running service."""

    def __init__(self, stack: LocalStack, caller: Caller = OLA) -> None:
        self._secret, self._caller = SecretStr(stack.env["NITKA_SECRET"]), caller
        self._http = httpx.Client(base_url=stack.url("conversation"), timeout=20)

    def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {issue(self._secret, self._caller)}"}
        return self._http.request(method, path, headers=headers, **kwargs)

    def command(self, conversation_id: str, name: str, **body: Any) -> httpx.Response:
        body.setdefault("command_id", str(uuid4()))
        return self.call("POST", f"/conversations/{conversation_id}/{name}", json=body)

    def upload(self, filename: str, content: bytes, media_type: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {issue(self._secret, self._caller)}", "content-type": media_type}
        answer = self._http.post("/attachments", params={"filename": filename}, content=content, headers=headers)
        kept: dict[str, Any] = answer.json()
        return kept

    def find(self, q: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/conversations", params={"q": q, **params}).json()["items"]
        return found


@pytest.fixture
def client(service: LocalStack) -> Client:
    return Client(service)


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` returns as soon as that is something; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("did not happen in time")


def publish(stack: LocalStack, topic: Topic, key: str, payload: Payload, event_id: UUID | None = None) -> None:
    async def send() -> None:
        publisher = Publisher(stack.kafka, "test")
        await publisher.start()
        now = datetime.now(UTC)
        wrapped = envelope(payload, event_id=event_id or uuid4(), actor=SYSTEM, occurred_at=now, recorded_at=now)
        await publisher.publish(record(topic, key, wrapped))
        await publisher.stop()

    asyncio.run(send())


def published(stack: LocalStack, topic: Topic, key: str) -> list[Payload]:
    """Everything on a topic under a key, in order."""
    return [e.payload for e in everything_on(stack.kafka, topic, key) if e.payload]


def send_mail(stack: LocalStack, sender: str, text: str = "Where is it?", **more: Any) -> str:
    message_id = f"{uuid4()}@example.com"
    payload = MessageReceived(
        channel=Channel.EMAIL,
        account=ACCOUNT,
        external_id=message_id,
        thread=ThreadRefs(external_thread=message_id, message_id=message_id),
        sender=ContactPoint(kind=ContactKind.EMAIL, value=sender, name="Ann"),
        subject="Parcel",
        text=text,
        **more,
    )
    publish(stack, INBOUND_MESSAGES, f"{ACCOUNT}|{message_id}", payload)
    return message_id


@pytest.fixture
def conversation_id(service: LocalStack, client: Client) -> str:
    sender = f"{uuid4().hex}@example.com"
    send_mail(service, sender)
    found: str = eventually(lambda: client.find(sender))[0]["id"]
    return found


def test_a_mail_becomes_a_row_a_thread_and_public_events(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    thread = client.call("GET", f"/conversations/{conversation_id}/timeline").json()
    assert [i["text"] for i in thread["items"]] == ["Where is it?"]
    assert thread["conversation"]["status"] == "open"
    events = eventually(lambda: published(service, CONVERSATION_EVENTS, conversation_id))
    assert [type(x) for x in events] == [conversation.ConversationOpened, conversation.CustomerMessageReceived]
    assert [x.sequence for x in events] == [1, 2]
    assert events[1].text == "Where is it?"


def test_a_reply_leaves_once_with_the_right_headers(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    command_id = str(uuid4())
    for _ in range(2):
        answer = client.command(conversation_id, "reply", command_id=command_id, text="Tomorrow.")
        assert answer.status_code == 200, answer.text
    request = eventually(lambda: published(service, OUTBOUND_MESSAGES, conversation_id))
    assert len(request) == 1
    assert isinstance(request[0], MessageRequested)
    number = answer.json()["conversation"]["number"]
    assert (request[0].subject, request[0].author_name) == (f"Re: Parcel [#{number}]", "Ola")
    assert request[0].in_reply_to == request[0].references[-1]
    assert answer.json()["conversation"]["waiting_since"] is None


def test_a_receipt_shows_on_the_message(service: LocalStack, client: Client, conversation_id: str) -> None:
    client.command(conversation_id, "reply", text="Tomorrow.")
    (request,) = eventually(lambda: published(service, OUTBOUND_MESSAGES, conversation_id))
    receipt = MessageReceipt(
        conversation_id=UUID(conversation_id),
        message_id=request.message_id,
        channel=Channel.EMAIL,
        account=ACCOUNT,
        state=DeliveryState.SENT,
    )
    publish(service, OUTBOUND_RECEIPTS, conversation_id, receipt)

    def sent() -> bool:
        thread = client.call("GET", f"/conversations/{conversation_id}/timeline").json()
        return bool(thread["items"][-1]["delivery"] == "sent")

    assert eventually(sent)


def test_why_one_of_several_did_not_get_it_shows_in_the_thread_and_is_published(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    jan, eve = ({"kind": "email", "value": f"{name}@x.example"} for name in ("jan", "eve"))
    client.command(conversation_id, "reply", text="To all of you.", to=[jan], cc=[eve])
    (request,) = eventually(lambda: published(service, OUTBOUND_MESSAGES, conversation_id))
    for who, why in (("jan", "552 mailbox full"), ("eve", "550 unknown user")):
        receipt = MessageReceipt(
            conversation_id=UUID(conversation_id),
            message_id=request.message_id,
            channel=Channel.EMAIL,
            account=ACCOUNT,
            state=DeliveryState.FAILED,
            recipient=f"{who}@x.example",
            reason=why,
        )
        publish(service, OUTBOUND_RECEIPTS, conversation_id, receipt)

    def told() -> list[conversation.DeliveryChanged]:
        found = published(service, CONVERSATION_EVENTS, conversation_id)
        changes = [p for p in found if isinstance(p, conversation.DeliveryChanged)]
        return changes if len(changes) == 2 else []

    reasons = {("jan@x.example", "552 mailbox full"), ("eve@x.example", "550 unknown user")}
    assert {(p.recipient and p.recipient.value, p.reason) for p in eventually(told)} == reasons
    thread = client.call("GET", f"/conversations/{conversation_id}/timeline").json()
    lines = [i["data"] for i in thread["items"] if i.get("type") == "delivery_changed"]
    assert {(line["contact"], line["reason"]) for line in lines} == reasons


def test_a_refused_command_says_why(client: Client, conversation_id: str) -> None:
    assert client.command(conversation_id, "close").status_code == 200
    refused = client.command(conversation_id, "reply", text="One more thing")
    assert refused.status_code == 409
    assert refused.json()["code"] == "conversation_closed"
    assert "closed" in refused.json()["detail"]


def test_reply_and_close_is_one_step_with_a_rating_link(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    answer = client.command(conversation_id, "reply", text="Done.", then="close")
    assert answer.json()["conversation"]["status"] == "closed"
    (request,) = eventually(lambda: published(service, OUTBOUND_MESSAGES, conversation_id))
    token = request.text.split("/rate/")[1].split()[0]
    system = Client(service, Caller(id="gateway", role=Role.SERVICE))
    assert system.call("GET", f"/ratings/{token}").json()["rated"] is False
    assert system.call("POST", f"/ratings/{token}", json={"score": 5, "comment": "Quick!"}).status_code == 204
    assert system.call("POST", f"/ratings/{token}", json={"score": 1}).status_code == 204, "the same link again"
    assert system.call("GET", f"/ratings/{token}").json()["rated"] is True
    row = client.call("GET", f"/conversations/{conversation_id}").json()
    assert row["rating"] == 5
    items = client.call("GET", f"/conversations/{conversation_id}/timeline").json()["items"]
    assert [i["data"] for i in items if i.get("type") == "rated"] == [{"score": 5, "comment": "Quick!"}]
    assert system.call("POST", f"/ratings/{token[:-3]}AAA", json={"score": 1}).status_code == 404
    assert client.call("POST", f"/ratings/{token}", json={"score": 1}).status_code == 403


def test_a_snoozed_conversation_wakes_by_itself_even_after_a_crash(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    until = datetime.now(UTC) + timedelta(seconds=2)
    assert client.command(conversation_id, "snooze", until=until.isoformat()).status_code == 200
    service.kill("conversation")
    service.restart("conversation")
    row = eventually(
        lambda: (r := client.call("GET", f"/conversations/{conversation_id}").json())["status"] == "open" and r
    )
    assert datetime.fromisoformat(row["waiting_since"])


def test_two_claims_at_once_give_it_to_one(service: LocalStack, conversation_id: str) -> None:
    clients = [Client(service, Caller(id=f"agent{n}", role=Role.AGENT)) for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(
                lambda n: clients[n].command(
                    conversation_id, "assign", assignee=f"agent{n}", only_if_unassigned=True, reason="serve_next"
                ),
                range(4),
            )
        )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]


def test_labels_and_assignment_filter_the_list(client: Client, conversation_id: str) -> None:
    label = uuid4().hex
    client.command(conversation_id, "labels/add", label=label)
    client.command(conversation_id, "assign", assignee="ola")
    assert [r["id"] for r in client.find("", label=label, assignee="me")] == [conversation_id]
    assert client.find("", label=label, assignee="none") == []
    client.command(conversation_id, "labels/remove", label=label)
    assert client.find("", label=label) == []


def test_the_list_pages_without_gaps(service: LocalStack, client: Client) -> None:
    domain = f"{uuid4().hex}.example"
    for n in range(7):
        send_mail(service, f"c{n}@{domain}")
    eventually(lambda: len(client.find(domain)) == 7)
    for sort in ("newest", "oldest", "waiting"):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            params = {"q": domain, "limit": 3, "sort": sort, **({"cursor": cursor} if cursor else {})}
            page = client.call("GET", "/conversations", params=params).json()
            seen += [r["contact"]["value"] for r in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        expected = [f"c{n}@{domain}" for n in range(7)]
        assert seen == (expected[::-1] if sort == "newest" else expected)


def test_hostile_html_is_defused(service: LocalStack, client: Client) -> None:
    sender = f"{uuid4().hex}@example.com"
    html = (
        "<style>body{display:none}</style><script>alert(1)</script><p onclick='x()'>Hi "
        "<img src='https://spy.example/p.gif'><a href='javascript:alert(1)'>a</a>"
        "<a href='https://shop.example'>b</a><div style='background:url(https://spy.example)'>c</div></p>"
    )
    send_mail(service, sender, html=html)
    found = eventually(lambda: client.find(sender))[0]["id"]
    (item,) = client.call("GET", f"/conversations/{found}/timeline").json()["items"]
    assert item["remote_content_blocked"] is True
    for bad in ("script", "onclick", "//spy.example", "javascript:", "<style", "url("):
        assert bad not in item["html"]
    assert 'href="https://shop.example"' in item["html"]


def test_files_come_as_downloads_and_pictures_in_place(service: LocalStack, client: Client) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 64
    kept = client.upload("../a b.png", png, "image/png")
    picture = {**kept, "content_id": "pic@x", "inline": True}
    sender = f"{uuid4().hex}@example.com"
    send_mail(service, sender, html="<img src='cid:pic@x'>", attachments=(picture,))
    found = eventually(lambda: client.find(sender))[0]["id"]
    (item,) = client.call("GET", f"/conversations/{found}/timeline").json()["items"]
    assert f'src="{item["attachments"][0]["url"]}?inline=1"' in item["html"]
    path = item["attachments"][0]["url"].removeprefix("/api")
    download = client.call("GET", path)
    assert download.content == png
    assert download.headers["content-disposition"] == "attachment; filename*=UTF-8''.._a%20b.png"
    assert client.call("GET", f"{path}?inline=1").headers["content-type"] == "image/png"
    assert client.call("GET", path.replace("/0", "/1")).status_code == 404


def test_pages_of_a_thread_hold_everything_once_though_much_happened_in_one_second(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    for n in range(9):
        assert client.command(conversation_id, "notes", text=f"Note {n}").status_code == 200
        assert client.command(conversation_id, "labels/add", label=f"label {n}").status_code == 200
    with psycopg.connect(service.postgres_dsn) as connection:
        connection.execute(
            "UPDATE conversation.message SET at = date_trunc('minute', at) + "
            "interval '0.000001 s' * (sequence %% 2) WHERE conversation_id = %s AND kind = 'note'",
            (conversation_id,),
        )
    path = f"/conversations/{conversation_id}/timeline"
    pages, before = [], None
    while True:
        page = client.call("GET", path, params={"limit": 2, **({"before": before} if before else {})}).json()
        pages.append(page["items"])
        if (before := page["before"]) is None:
            break
    whole = client.call("GET", path, params={"limit": 200}).json()["items"]
    assert len(pages) == 5

    def keys(items: list[dict[str, Any]]) -> list[tuple[str, int]]:
        return sorted((item["kind"], item["sequence"]) for item in items)

    assert keys([item for page in pages for item in page]) == keys(whole)
    assert len(whole) == 1 + 9 + 9
    assert client.call("GET", path, params={"before": "1-x"}).json()["code"] == "bad_cursor"


def kept(answer: httpx.Response) -> str:
    """The version of a draft that was kept."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["updated_at"])


def refused(answer: httpx.Response) -> str:
    """Why a draft was not kept."""
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


def test_a_draft_that_was_sent_elsewhere_is_not_made_again(client: Client, conversation_id: str) -> None:
    path = f"/drafts/{conversation_id}"
    first = kept(client.call("PUT", path, params={"anew": True}, json={"text": "It left"}))
    then = kept(client.call("PUT", path, params={"since": first}, json={"text": "It left yes"}))
    assert client.call("GET", path).json()["updated_at"] == then
    assert client.command(conversation_id, "reply", text="It left yesterday").status_code == 200
    assert refused(client.call("PUT", path, params={"since": then}, json={"text": "It left"})) == "draft_finished"
    assert client.call("GET", path).status_code == 404
    kept(client.call("PUT", path, json={"text": "One more thing"}))
    assert client.call("DELETE", path).status_code == 204


def test_a_draft_that_was_changed_elsewhere_is_not_written_over(client: Client, conversation_id: str) -> None:
    path = f"/drafts/{conversation_id}"
    known = {"since": kept(client.call("PUT", path, params={"anew": True}, json={"text": "Begun"}))}
    phone = kept(client.call("PUT", path, params=known, json={"text": "Begun, on the phone"}))
    assert refused(client.call("PUT", path, params=known, json={"text": "Begun, at the desk"})) == "draft_changed"
    assert refused(client.call("PUT", path, params={"anew": True}, json={"text": "Other"})) == "draft_changed"
    assert refused(client.call("DELETE", path, params=known)) == "draft_changed"
    assert client.call("GET", path).json()["body"]["text"] == "Begun, on the phone"
    assert client.call("DELETE", path, params={"since": phone}).status_code == 204
    assert client.call("DELETE", path, params={"since": phone}).status_code == 204, "there is none any more"


def test_a_draft_goes_on_where_its_conversation_does(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    sender = f"{uuid4().hex}@example.com"
    send_mail(service, sender)
    other = eventually(lambda: client.find(sender))[0]["id"]
    path = f"/drafts/{other}"
    known = {"since": kept(client.call("PUT", path, params={"anew": True}, json={"text": "Begun"}))}
    assert client.command(other, "merge", into=conversation_id).status_code == 200
    assert refused(client.call("PUT", path, params=known, json={"text": "Begun, and more"})) == "merged"
    assert refused(client.call("PUT", path, params={"anew": True}, json={"text": "Other"})) == "merged"
    assert refused(client.call("DELETE", path, params=known)) == "merged"
    assert refused(client.call("GET", path)) == "merged"
    assert client.call("GET", f"/drafts/{conversation_id}").json()["body"]["text"] == "Begun"


def test_nobody_gets_in_without_a_token(service: LocalStack, conversation_id: str) -> None:
    url = f"{service.url('conversation')}/conversations/{conversation_id}"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"authorization": "Bearer x.y.z"}).status_code == 401
    analyst = Client(service, Caller(id="ann", role=Role.ANALYST))
    assert analyst.call("GET", f"/conversations/{conversation_id}").status_code == 403


def test_an_event_that_cannot_be_published_shows_in_readyz_and_is_not_skipped(
    service: LocalStack, client: Client, conversation_id: str
) -> None:
    """An event in the log that this version cannot read, as after a downgrade."""
    broken = (
        "INSERT INTO conversation.stored_events (originator_id, originator_version, topic, state) "
        "VALUES (%s, 1, 'conversation.FromTheFuture', '{}')"
    )
    with psycopg.connect(service.postgres_dsn, autocommit=True) as connection:
        future = uuid4()
        connection.execute(broken, (future,))
        assert eventually(lambda: "streams" in httpx.get(f"{service.url('conversation')}/readyz").text)
        client.command(conversation_id, "close")
        connection.execute("DELETE FROM conversation.stored_events WHERE originator_id = %s", (future,))
    closed = conversation.Closed
    assert eventually(
        lambda: any(isinstance(x, closed) for x in published(service, CONVERSATION_EVENTS, conversation_id))
    )
    assert eventually(lambda: httpx.get(f"{service.url('conversation')}/readyz").status_code == 200)
