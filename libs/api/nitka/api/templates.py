"""Saved replies, which the whole shop shares."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from nitka.api.conversations import View
from nitka.api.rules import Language
from nitka.api.settings import Changed, Name, Setting

VARIABLES = (
    "customer.name",
    "customer.first_name",
    "customer.email",
    "agent.name",
    "conversation.number",
    "conversation.subject",
    "inbox.name",
    "shop.name",
    "order.number",
    "order.status",
)
"""What a template may name: `{{customer.first_name}}`, or with words for when it is unknown,
`{{customer.first_name|there}}`."""

TEMPLATE_MAX = 50_000
"""Characters of a template."""


class TemplateText(Setting):
    """A template in another language; `language` as in rules."""

    language: Language
    text: str = Field(min_length=1, max_length=TEMPLATE_MAX)
    html: str | None = Field(default=None, max_length=2 * TEMPLATE_MAX)


class SaveTemplate(Setting):
    """A saved reply, shared by all. `html` is `text`, formatted; it is made safe when it is saved. `shortcut` is
    typed after `/`. `variants` are used where the customer's language is known."""

    name: Name
    shortcut: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w-]{0,40}$")] = ""
    text: str = Field(min_length=1, max_length=TEMPLATE_MAX)
    html: str | None = Field(default=None, max_length=2 * TEMPLATE_MAX)
    variants: tuple[TemplateText, ...] = Field(default=(), max_length=len(Language))


class Template(Changed):
    """`rules` are the names of rules that send it."""

    id: UUID
    template: SaveTemplate
    rules: tuple[str, ...] = ()


class Rendered(View):
    """A template filled in for a conversation. `missing` are variables that stay empty there. `language`: what the
    customer writes in, where the template has variants and the language can be told."""

    text: str
    html: str | None
    language: Language | None = None
    missing: tuple[str, ...]
