"""The text of a WhatsApp message: what the customer wrote, or a stand-in that says what came instead."""

from __future__ import annotations

import json
import re
from typing import Any

_EDIT_DEPTH = 3
_PLAINLY = {
    "131047": "More than 24 hours have passed since the customer last wrote: WhatsApp takes no answer any more",
    "131026": "WhatsApp cannot deliver to this number: it has no WhatsApp, or an old one",
}
"""Errors that agents meet, said plainly: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes"""


def path(value: Any, *keys: str) -> Any:
    """The value at nested keys; None when there is no such place."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def clean(value: Any) -> str:
    """A string that every store takes: no NUL, no lone surrogate. Numbers become text, anything else nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def line(value: Any) -> str:
    """`clean`, in one line without control characters."""
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", clean(value)).strip()


def word(value: Any) -> str:
    """An identifier of WhatsApp's own, such as a type or a field; nothing else passes (it is shown and logged)."""
    found = line(value)
    return found if re.fullmatch(r"[A-Za-z0-9_]{1,60}", found) else ""


def of_message(message: dict[str, Any], depth: int = 0) -> str:
    """The text of a message of any type. Never empty."""
    kind = word(message.get("type")) or "unsupported"
    content = message.get(kind)
    content = content if isinstance(content, dict) else {}
    if kind == "text":
        return clean(content.get("body")) or "[empty message]"
    if kind == "button":
        return clean(content.get("text")) or "[button]"
    if kind == "edit" and depth < _EDIT_DEPTH:
        edited = content.get("message")
        return f"[edited] {of_message(edited, depth + 1)}" if isinstance(edited, dict) else "[edited]"
    return _stand_in(kind, content, message)


def _stand_in(kind: str, content: dict[str, Any], message: dict[str, Any]) -> str:
    parts: tuple[str, ...]
    match kind:
        case "image" | "video" | "audio" | "voice" | "document" | "sticker":
            parts = f"[{kind}]", line(content.get("filename")), clean(content.get("caption"))
        case "location":
            place = _joined(line(content.get("name")), line(content.get("address")), by=", ")
            point = _joined(line(content.get("latitude")), line(content.get("longitude")), by=", ")
            parts = "[location]", place, point
        case "contacts":
            parts = "[contact]", _cards(message.get("contacts"))
        case "interactive":
            parts = (_interactive(content),)
        case "reaction":
            parts = "[reaction]", line(content.get("emoji")) or "removed"
        case "revoke":
            parts = ("[message deleted by its sender]",)
        case "order":
            items = content.get("product_items")
            count = len(items) if isinstance(items, list) else 0
            parts = f"[order of {count} products]", clean(content.get("text"))
        case "system":
            parts = "[system]", clean(content.get("body"))
        case "unsupported":
            errors = message.get("errors")
            first = errors[0] if isinstance(errors, list) and errors else {}
            parts = "[unsupported message]", of_error(first) or ""
        case _:
            parts = (f"[{kind}]",)
    return _joined(*parts)


def _interactive(content: dict[str, Any]) -> str:
    """An answer to buttons, a list or a form: its title is what the customer saw and chose."""
    kind = word(content.get("type"))
    answer = path(content, kind)
    match kind:
        case "nfm_reply":
            return f"[form]{_form(path(answer, 'response_json'))}"
        case "call_permission_reply":
            return _joined("[call permission]", line(path(answer, "response")))
        case _:
            return line(path(answer, "title")) or f"[{kind or 'interactive'}]"


def _form(response: Any) -> str:
    try:
        fields = json.loads(clean(response))
    except (ValueError, RecursionError):
        return ""
    fields = fields if isinstance(fields, dict) else {}
    lines = (f"{line(name)}: {line(value)}" for name, value in list(fields.items())[:50] if name != "flow_token")
    return "".join(f"\n{one}" for one in lines)


def _cards(value: Any) -> str:
    found = []
    for card in value[:20] if isinstance(value, list) else []:
        phones = path(card, "phones")
        numbers = [line(path(p, "phone")) for p in phones[:5]] if isinstance(phones, list) else []
        found.append(_joined(line(path(card, "name", "formatted_name")), *numbers))
    return _joined(*found, by=", ")


def of_error(error: Any) -> str | None:
    """One line for a person about an error object of WhatsApp's; None for none."""
    if text := _PLAINLY.get(line(path(error, "code"))):
        return f"{text} ({line(path(error, 'code'))})"
    parts = (
        line(path(error, "title")) or line(path(error, "message")),
        line(path(error, "error_data", "details")),
    )
    code = line(path(error, "code"))
    said = ": ".join(dict.fromkeys(filter(None, parts)))
    found = f"{said} ({code})" if said and code else said or code
    return found[:1000] or None


def _joined(*parts: str, by: str = " ") -> str:
    return by.join(filter(None, parts))
