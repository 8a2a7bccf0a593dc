"""What the demo's shop has set: hours, labels with colours, templates, and rules that use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from nitka.local.demo.cast import INBOX

Call = Callable[..., Any]
"""`call(method, path, body)`: the gateway's answer to a supervisor."""

STORE = "Scarf House"
LABELS = {
    "delivery": "blue",
    "returns": "orange",
    "advice": "teal",
    "complaint": "red",
    "invoice": "violet",
    "with file": "grey",
}
OFFICE = {
    "zone": "Europe/Warsaw",
    "weekly": [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in range(5)]
    + [{"weekday": 5, "opens": "10:00", "closes": "14:00"}],
    "country": "PL",
}

TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "name": "On its way",
        "shortcut": "way",
        "text": "Hi {{customer.first_name|there}},\n\nyour order {{order.number}} is on its way. You get a mail "
        "from the carrier as soon as it is out for delivery.\n\nBest wishes,\n{{agent.name}}, {{shop.name}}",
        "variants": [
            {
                "language": "pl",
                "text": "Dzień dobry,\n\nzamówienie {{order.number}} jest już w drodze. Przewoźnik da znać, gdy "
                "paczka trafi do doręczenia.\n\nPozdrawiam,\n{{agent.name}}, {{shop.name}}",
            }
        ],
    },
    {
        "name": "How to return",
        "shortcut": "return",
        "text": "Hi {{customer.first_name|there}},\n\nyou can send everything back within 30 days. The label is "
        "in the parcel; the money follows within three days after it has arrived.\n\nBest wishes,\n{{agent.name}}",
        "variants": [],
    },
    {
        "name": "We are back in the morning",
        "shortcut": "",
        "text": "Hi {{customer.first_name|there}},\n\nthank you for your message. We are here from Monday to "
        "Saturday and answer as soon as we are back. Your number is {{conversation.number}}.\n\n{{shop.name}}",
        "variants": [
            {
                "language": "pl",
                "text": "Dzień dobry,\n\ndziękujemy za wiadomość. Jesteśmy od poniedziałku do soboty i odpowiemy, "
                "gdy tylko wrócimy. Numer sprawy: {{conversation.number}}.\n\n{{shop.name}}",
            }
        ],
    },
)


def _words(*words: str) -> dict[str, Any]:
    return {"fact": "text", "op": "contains", "values": list(words)}


def _rule(name: str, actions: list[dict[str, Any]], *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    groups = [{"match": "any", "conditions": list(conditions)}] if conditions else []
    return {"name": name, "actions": actions, "groups": groups, **more}


def furnish(call: Call) -> None:
    """Set the shop up, unless somebody has: what people have made stays as it is."""
    call(
        "PUT",
        f"/settings/inboxes/{quote(INBOX, safe='')}",
        {"channel": "email", "name": f"{STORE} support", "store": STORE, "hours": OFFICE},
    )
    for name, colour in LABELS.items():
        call("POST", "/labels", {"name": name, "colour": colour})
    if not call("GET", "/templates"):
        for template in TEMPLATES:
            call("POST", "/templates", template)
    if not call("GET", "/settings/rules"):
        night = next(t["id"] for t in call("GET", "/templates") if t["template"]["name"] == TEMPLATES[-1]["name"])
        for position, rule in enumerate(_rules(night)):
            call("POST", "/settings/rules", {**rule, "position": position})


def _rules(night_template: str) -> tuple[dict[str, Any], ...]:
    broken = [{"kind": "add_label", "label": "complaint"}, {"kind": "priority", "priority": "high"}]
    return (
        _rule(
            "Broken on arrival comes first",
            broken,
            _words("broken", "damaged", "uszkodzon", "quebrad", "kırık"),
            trigger="first",
        ),
        _rule(
            "Mark messages with a file",
            [{"kind": "add_label", "label": "with file"}],
            {"fact": "attachment", "op": "is", "values": ["yes"]},
        ),
        _rule(
            "Outside business hours",
            [{"kind": "reply", "template_id": night_template}],
            {"fact": "hours", "op": "is", "values": ["outside"]},
            trigger="first",
        ),
    )
