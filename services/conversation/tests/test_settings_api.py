"""The running service: settings by HTTP, who may change them, and a rule that works from then on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from services.conversation.tests.test_service import Client, eventually, send_mail

from nitka.local.testing import LocalStack
from nitka.runtime.tokens import Caller, Role

pytestmark = pytest.mark.stack

ACCOUNT = "support@shop.example"


@pytest.fixture(scope="module")
def service(services: LocalStack) -> Iterator[LocalStack]:
    services.start("conversation")
    yield services
    services.stop("conversation")


@pytest.fixture
def agent(service: LocalStack) -> Client:
    return Client(service)


@pytest.fixture
def boss(service: LocalStack) -> Client:
    return Client(service, Caller(id="maria", role=Role.SUPERVISOR, name="Maria"))


@pytest.fixture
def later(boss: Client) -> Iterator[list[str]]:
    """Paths to delete when the test is over."""
    paths: list[str] = []
    yield paths
    for path in paths:
        boss.call("DELETE", path)


def labels(word: str, label: str, **more: Any) -> dict[str, Any]:
    """A rule that labels messages with a word."""
    condition = {"fact": "text", "op": "has_word", "values": [word]}
    return {
        "name": f"label {word}",
        "actions": [{"kind": "add_label", "label": label}],
        "groups": [{"conditions": [condition]}],
        **more,
    }


def test_a_rule_is_tried_made_changed_and_deleted(
    service: LocalStack, agent: Client, boss: Client, later: list[str]
) -> None:
    word, sender = uuid4().hex[:8], f"{uuid4().hex[:8]}@example.com"
    send_mail(service, sender, f"Is the {word} there?")
    (row,) = eventually(lambda: agent.find(sender))
    tried = boss.call("POST", "/settings/rules/preview", json={"rule": labels(word, "found")}).json()
    assert [m["conversation_id"] for m in tried["matched"]] == [row["id"]]
    assert tried["looked_at"] <= 100
    text = "It will come tomorrow."
    body = {"command_id": str(uuid4()), "text": text}
    assert agent.call("POST", f"/conversations/{row['id']}/reply", json=body).status_code == 200
    assert agent.find(sender)[0]["preview"] == text
    tried = boss.call("POST", "/settings/rules/preview", json={"rule": labels(word, "found")}).json()
    assert word in tried["matched"][0]["preview"], "the message that matches is shown, not the last one"
    assert agent.find(sender)[0]["labels"] == [], "a preview changes nothing"

    made = boss.call("POST", "/settings/rules", json=labels(word, "found"))
    assert made.status_code == 201
    path = f"/settings/rules/{made.json()['id']}"
    later.append(path)
    assert made.json()["updated_by"] == "maria"
    other = f"{uuid4().hex[:8]}@example.com"
    send_mail(service, other, f"Where is the {word}?")
    assert eventually(lambda: agent.find(other))[0]["labels"] == ["found"]
    assert agent.find(sender)[0]["labels"] == [], "a rule looks at messages from now on"

    assert boss.call("PUT", path, json=labels(word, "found", enabled=False)).status_code == 200
    third = f"{uuid4().hex[:8]}@example.com"
    send_mail(service, third, f"And the {word}?")
    assert eventually(lambda: agent.find(third))[0]["labels"] == []
    assert boss.call("DELETE", path).status_code == 204
    assert boss.call("DELETE", path).status_code == 404
    assert boss.call("PUT", path, json=labels(word, "found")).status_code == 404
    assert made.json()["id"] not in [rule["id"] for rule in agent.call("GET", "/settings/rules").json()]
    (found,) = agent.find(other)
    items = agent.call("GET", f"/conversations/{found['id']}/timeline").json()["items"]
    (line,) = [item for item in items if item.get("type") == "label_added"]
    named = {rule["id"]: rule["name"] for rule in agent.call("GET", "/settings/rules/names").json()}
    assert named[line["actor_id"]] == f"label {word}", "what a rule did says its name when the rule is gone"


def test_agents_read_what_supervisors_change(agent: Client) -> None:
    assert agent.call("GET", "/settings/rules").status_code == 200
    assert agent.call("GET", "/settings/inboxes").status_code == 200
    inbox = {"channel": "email", "name": "x"}
    rule = labels("x", "x")
    for method, path, body in (
        ("POST", "/settings/rules", rule),
        ("PUT", f"/settings/rules/{uuid4()}", rule),
        ("DELETE", f"/settings/rules/{uuid4()}", None),
        ("POST", "/settings/rules/preview", {"rule": rule}),
        ("PUT", f"/settings/inboxes/{ACCOUNT}", inbox),
    ):
        assert agent.call(method, path, json=body).status_code == 403, (method, path)


def test_the_shop_has_a_time_zone_that_everybody_reads_and_supervisors_set(
    service: LocalStack, agent: Client, boss: Client
) -> None:
    path = "/settings/shop"
    assert agent.call("GET", path).json()["settings"] == {"time_zone": None}
    assert agent.call("PUT", path, json={"time_zone": "Europe/Warsaw"}).status_code == 403
    for name in ("Europe/Atlantis", "", "../passwd"):
        wrong = boss.call("PUT", path, json={"time_zone": name})
        assert wrong.status_code == 422
        (problem,) = wrong.json()["problems"]
        assert problem["at"] == "body.time_zone"
        assert "not a time zone of the IANA database" in problem["message"]
    assert boss.call("PUT", path, json={"time_zone": "Europe/Warsaw"}).json()["updated_by"] == "maria"
    for reader in (agent, Client(service, Caller(id="ana", role=Role.ANALYST))):
        assert reader.call("GET", path).json()["settings"] == {"time_zone": "Europe/Warsaw"}
    assert boss.call("PUT", path, json={"time_zone": None}).status_code == 200
    assert agent.call("GET", path).json()["settings"] == {"time_zone": None}


def test_analysts_see_no_settings(service: LocalStack) -> None:
    analyst = Client(service, Caller(id="ana", role=Role.ANALYST))
    for path in ("/settings/rules", "/settings/inboxes", "/templates", "/labels"):
        assert analyst.call("GET", path).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        labels("x", "x", actions=[]),
        labels("x", "x", window_hours=0),
        labels("x", "x", actions=[{"kind": "reply", "template_id": str(uuid4())}]),
        labels("x", "x", groups=[{"conditions": [{"fact": "text", "op": "is", "values": ["x"]}]}]),
        {**labels("x", "x"), "regex": ".*"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(boss: Client, wrong: dict[str, Any]) -> None:
    assert boss.call("POST", "/settings/rules", json=wrong).status_code == 422


def test_templates_are_checked_cleaned_found_filled_in_and_kept_while_a_rule_sends_them(
    service: LocalStack, agent: Client, boss: Client, later: list[str]
) -> None:
    refused = agent.call("POST", "/templates", json={"name": "x", "text": "{{customer.age}}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_template")
    assert "customer.name" in refused.json()["detail"]
    for address in ("https://x.example/{{order.number}}", "{{customer.name}}"):
        link = {"name": "x", "text": "x", "html": f'<a href="{address}">x</a>'}
        assert agent.call("POST", "/templates", json=link).status_code == 422

    word = uuid4().hex[:8]
    html = "<p onclick=alert(1)>Hi <b>{{customer.first_name|you}}</b><script>alert(1)</script></p>"
    body = {"name": f"Grüße {word}", "text": "Hi {{customer.first_name|you}}, {{order.number}}", "html": html}
    made = agent.call("POST", "/templates", json=body).json()
    later.append(f"/templates/{made['id']}")
    assert made["template"]["html"] == "<p>Hi <b>{{customer.first_name|you}}</b></p>"
    for q, expected in ((f"GRUSSE {word}", [made["id"]]), (f"bye {word}", [])):
        assert [t["id"] for t in agent.call("GET", "/templates", params={"q": q}).json()] == expected

    sender = f"{uuid4().hex[:8]}@example.com"
    send_mail(service, sender)
    (row,) = eventually(lambda: agent.find(sender))
    filled = agent.call("GET", f"/templates/{made['id']}/rendered", params={"conversation_id": row["id"]}).json()
    assert filled["text"].startswith("Hi ")
    assert filled["missing"] == ["order.number"]
    assert filled["language"] is None

    polish = {"language": "pl", "text": "Dzień dobry, {{order.number}}"}
    assert agent.call("PUT", f"/templates/{made['id']}", json={**body, "variants": [polish]}).status_code == 200
    for text, language, begins in (
        ("Gdzie jest moja paczka? Czekam na odpowiedź.", "pl", "Dzień dobry"),
        ("Wo ist mein Paket? Ich warte auf eine Antwort.", "de", "Hi "),
    ):
        sender = f"{uuid4().hex[:8]}@example.com"
        send_mail(service, sender, text)
        (other,) = eventually(lambda sender=sender: agent.find(sender))  # type: ignore[misc]
        path = f"/templates/{made['id']}/rendered"
        filled = agent.call("GET", path, params={"conversation_id": other["id"]}).json()
        assert (filled["language"], filled["text"].startswith(begins)) == (language, True)

    rule = labels(word, "x", actions=[{"kind": "reply", "template_id": made["id"]}])
    later.insert(0, f"/settings/rules/{boss.call('POST', '/settings/rules', json=rule).json()['id']}")
    kept = agent.call("DELETE", f"/templates/{made['id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "in_use")


def test_labels_have_a_colour_and_leave_conversations_when_they_go(
    service: LocalStack, agent: Client, boss: Client
) -> None:
    name, other = f"a/{uuid4().hex[:8]}", f"b {uuid4().hex[:8]}"
    sender = f"{uuid4().hex[:8]}@example.com"
    send_mail(service, sender)
    (row,) = eventually(lambda: agent.find(sender))
    assert agent.command(row["id"], "labels/add", label=name).status_code == 200

    def known() -> dict[str, str]:
        return {each["name"]: each["colour"] for each in agent.call("GET", "/labels").json()}

    assert known()[name] == "grey", "a label is known from its first use"
    path = f"/labels/{quote(name, safe='')}"
    assert agent.call("PUT", path, json={"name": name, "colour": "violet"}).status_code == 200
    assert known()[name] == "violet"
    assert agent.call("GET", f"{path}/uses").json() == {"conversations": 1, "rules": []}
    assert agent.call("DELETE", path).status_code == 403, "conversations have it: ask a supervisor"
    assert boss.call("PUT", path, json={"name": other, "colour": "red"}).status_code == 200
    assert agent.find(sender)[0]["labels"] == [other]
    assert name not in known()
    assert boss.call("DELETE", f"/labels/{quote(other, safe='')}").status_code == 204
    assert agent.find(sender)[0]["labels"] == []
    assert other not in known()


def test_the_shops_inboxes_are_known_before_their_first_message(service: LocalStack, agent: Client) -> None:
    assert "support@shop.example" in [i["account"] for i in agent.call("GET", "/settings/inboxes").json()]


def test_an_inbox_has_hours_and_tells_when_it_opens(service: LocalStack, agent: Client, boss: Client) -> None:
    account = f"{uuid4().hex[:8]}@shop.example"
    never = {"zone": "Europe/Warsaw", "weekly": [], "country": "PL"}
    body = {"channel": "email", "name": "Orders", "store": "Scarves", "hours": never}
    path = f"/settings/inboxes/{quote(account, safe='')}"
    assert (
        boss.call("PUT", path.upper().replace("/SETTINGS/INBOXES", "/settings/inboxes"), json=body).status_code
        == 200
    )
    (found,) = [i for i in agent.call("GET", "/settings/inboxes").json() if i["account"] == account]
    assert (found["open_now"], found["opens_at"], found["settings"]["store"]) == (False, None, "Scarves")
    assert len(found["holidays"]) >= 10
    for wrong in ({"zone": "Europe/Atlantis"}, {"country": "XX"}, {"country": "PL", "subdivision": "XX"}):
        refused = boss.call("PUT", path, json={**body, "hours": {**never, **wrong}})
        assert refused.status_code == 422, wrong
    refused = boss.call("PUT", path, json={**body, "signature": "{{customer.name}} greets you"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_template")
