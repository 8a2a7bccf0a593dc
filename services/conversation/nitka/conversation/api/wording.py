"""Routes of what agents share: templates and labels."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import nh3
from fastapi import APIRouter, Path, Query

from nitka.api import settings as api
from nitka.api.rules import AddLabel, Language, SaveRule, SendTemplate
from nitka.api.templates import Rendered, SaveTemplate, Template
from nitka.conversation.api import views
from nitka.conversation.api.access import SUPERVISORS, Agent, Context, Here, row_of
from nitka.conversation.domain import templates as texts
from nitka.conversation.domain.rules import folded
from nitka.conversation.handlers.labels import replace_label
from nitka.conversation.handlers.language import detect
from nitka.conversation.handlers.rules import fresh
from nitka.conversation.handlers.variables import values_of
from nitka.events import Actor, ActorKind
from nitka.runtime.http import Problem
from nitka.runtime.tokens import Caller

USES_MAX = 5_000
"""Conversations from which one request takes a label."""

_TAGS = set("a b blockquote br code div em h1 h2 h3 hr i li ol p pre s span strong u ul".split())

_IN_A_TAG = re.compile(r"<[^<>]*(\{\{|%7B%7B)", re.IGNORECASE)

router = APIRouter()

LabelName = Annotated[str, Path(min_length=1, max_length=60)]


# --- templates ---------------------------------------------------------------------------------------------------


@router.get("/templates")
async def templates(here: Here, agent: Agent, q: Annotated[str, Query(max_length=100)] = "") -> list[Template]:
    """All templates, or those with all of some words in their name, shortcut or text."""
    rules = _senders(await here.settings.rules())
    words = folded(q).split()
    found = [_template(row, rules) for row in await here.settings.templates()]
    return [t for t in found if all(word in _searched(t.template) for word in words)]


@router.post("/templates", status_code=201)
async def add_template(body: SaveTemplate, here: Here, agent: Agent) -> Template:
    """Add a template."""
    safe, template_id, now = _checked(body), uuid4(), datetime.now(UTC)
    await here.settings.add_template(template_id, safe, agent.id, now)
    return Template(id=template_id, template=safe, updated_by=agent.id, updated_at=now)


@router.put("/templates/{template_id}")
async def put_template(template_id: UUID, body: SaveTemplate, here: Here, agent: Agent) -> Template:
    """Change a template."""
    safe, now = _checked(body), datetime.now(UTC)
    if not await here.settings.put_template(template_id, safe, agent.id, now):
        raise Problem(404, "not_found", "There is no such template.")
    return Template(id=template_id, template=safe, updated_by=agent.id, updated_at=now)


@router.delete("/templates/{template_id}", status_code=204)
async def delete_template(template_id: UUID, here: Here, agent: Agent) -> None:
    """Delete a template that no rule sends."""
    if await here.settings.delete_template(template_id):
        return
    if await here.settings.template(template_id) is None:
        raise Problem(404, "not_found", "There is no such template.")
    names = _senders(await here.settings.rules()).get(template_id, [])
    raise Problem(409, "in_use", f"A rule sends this template: {', '.join(names)}.")


@router.get("/templates/{template_id}/rendered")
async def rendered(template_id: UUID, conversation_id: UUID, here: Here, agent: Agent) -> Rendered:
    """A template filled in for a conversation, as the caller would send it; in the customer's language where it
    is there in that."""
    template = await here.settings.template(template_id)
    if template is None:
        raise Problem(404, "not_found", "There is no such template.")
    row = await row_of(here, conversation_id)
    language = await _their_language(here, conversation_id) if template.variants else None
    text = texts.variant(template, language)
    contact = views.contact(row, "contact_")
    values = values_of(
        name=contact.name,
        address=contact.value,
        number=row["number"],
        subject=row["subject"],
        inbox=await here.settings.inbox(row["account"])
        or api.SaveInbox(channel=row["channel"], name=row["account"][:120]),
        agent=agent.name,
        fact=await here.settings.customer_fact(row["customer_id"]) if row["customer_id"] else None,
    )
    return Rendered(
        text=texts.render(text.text, values),
        html=texts.render_html(text.html, values) if text.html else None,
        language=Language(language) if language else None,
        missing=tuple(texts.missing(text.text, values)),
    )


async def _their_language(here: Context, conversation_id: UUID) -> str | None:
    last = await here.queries.last_inbound(conversation_id)
    return await asyncio.to_thread(detect, fresh(last)) if last else None


def _checked(template: SaveTemplate) -> SaveTemplate:
    """The template with harmless HTML. Raises Problem 422 for variables that do not exist."""
    try:
        safe = template.model_copy(
            update={
                "html": _safe(template.html),
                "variants": tuple(v.model_copy(update={"html": _safe(v.html)}) for v in template.variants),
            }
        )
        all_texts: list[texts.Text] = [safe, *safe.variants]
        for text in all_texts:
            texts.check(text.text)
            texts.check(text.html or "")
    except texts.BadTemplate as error:
        raise Problem(422, "bad_template", str(error)) from None
    if len({v.language for v in template.variants}) < len(template.variants):
        raise Problem(422, "bad_template", "There are two texts in one language.")
    return safe


def _safe(html: str | None) -> str | None:
    if html is None:
        return None
    clean = nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel=None
    )
    if _IN_A_TAG.search(clean):  # a customer's name must not become an address to click
        raise texts.BadTemplate("A variable cannot be part of a link's address.")
    return clean


def _searched(template: SaveTemplate) -> str:
    return folded(
        " ".join((template.name, template.shortcut, template.text, *(v.text for v in template.variants)))
    )


def _senders(rules: Sequence[Mapping[str, Any]]) -> dict[UUID, list[str]]:
    """Template → the names of the rules that send it."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in rules:
        rule = SaveRule.model_validate(row["body"])
        for action in rule.actions:
            if isinstance(action, SendTemplate):
                found[action.template_id].append(rule.name)
    return found


def _template(row: Mapping[str, Any], rules: Mapping[UUID, Sequence[str]]) -> Template:
    return Template(
        id=row["id"],
        template=SaveTemplate.model_validate(row["body"]),
        rules=tuple(rules.get(row["id"], ())),
        updated_by=row["updated_by"],
        updated_at=row["updated_at"],
    )


# --- labels ------------------------------------------------------------------------------------------------------


@router.get("/labels")
async def labels(here: Here, agent: Agent) -> list[api.LabelView]:
    """All labels, by name."""
    counts = {row["name"]: row["conversations"] for row in await here.queries.labels()}
    rows = await here.settings.labels()
    found = [api.LabelView(**row, conversations=counts.get(row["name"], 0)) for row in rows]
    return sorted(found, key=lambda label: (folded(label.name), label.name))


@router.post("/labels", status_code=201)
async def add_label(body: api.SaveLabel, here: Here, agent: Agent) -> api.LabelView:
    """Make a label; one that exists gets the colour."""
    return await _kept(here, body, agent)


@router.get("/labels/{name:path}/uses")
async def label_uses(name: LabelName, here: Here, agent: Agent) -> api.LabelUses:
    """How many conversations, closed ones too, have a label, and which rules add it."""
    return await _uses(here, name)


@router.put("/labels/{name:path}")
async def put_label(name: LabelName, body: api.SaveLabel, here: Here, agent: Agent) -> api.LabelView:
    """Give a label a colour or another name. Under a name that exists the two become one."""
    if body.name != name:
        await _replace(here, name, body.name, agent)
        await here.settings.rename_in_rules(name, body.name, agent.id, datetime.now(UTC))
        await here.settings.delete_label(name)
    return await _kept(here, body, agent)


@router.delete("/labels/{name:path}", status_code=204)
async def delete_label(name: LabelName, here: Here, agent: Agent) -> None:
    """Delete a label and take it off all conversations."""
    uses = await _uses(here, name)
    if uses.rules:
        raise Problem(409, "in_use", f"A rule adds this label: {', '.join(uses.rules)}.")
    await _replace(here, name, None, agent)
    await here.settings.delete_label(name)


async def _kept(here: Context, label: api.SaveLabel, agent: Caller) -> api.LabelView:
    now = datetime.now(UTC)
    await here.settings.put_label(label, agent.id, now)
    counts = {row["name"]: row["conversations"] for row in await here.queries.labels()}
    return api.LabelView(
        name=label.name,
        colour=label.colour,
        conversations=counts.get(label.name, 0),
        updated_by=agent.id,
        updated_at=now,
    )


async def _uses(here: Context, name: str) -> api.LabelUses:
    rules = [SaveRule.model_validate(row["body"]) for row in await here.settings.rules()]
    adding = [r.name for r in rules if any(isinstance(a, AddLabel) and a.label == name for a in r.actions)]
    return api.LabelUses(conversations=await here.settings.uses(name), rules=tuple(adding))


async def _replace(here: Context, name: str, other: str | None, agent: Caller) -> None:
    uses = await here.settings.uses(name)
    if uses and agent.role not in SUPERVISORS:
        raise Problem(403, "forbidden", f"{uses} conversations have this label; ask a supervisor to change that.")
    if uses > USES_MAX:
        raise Problem(409, "too_many", f"{uses} conversations have this label; {USES_MAX} at most can lose it.")
    actor = Actor(kind=ActorKind.AGENT, id=agent.id)
    await asyncio.to_thread(replace_label, here.log, actor, name, other, datetime.now(UTC))
