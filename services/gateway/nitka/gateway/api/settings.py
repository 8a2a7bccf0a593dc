"""Mirrored routes of the shop's settings: the shop itself, inboxes, rules, templates, labels."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from nitka.api.rules import AssignTo, Preview, Rule, RuleName, SaveRule, TryRule
from nitka.api.settings import (
    HolidayCountry,
    InboxSettings,
    LabelUses,
    LabelView,
    SaveInbox,
    SaveLabel,
    SaveShop,
    ShopSettings,
)
from nitka.api.templates import Rendered, SaveTemplate, Template
from nitka.gateway.api.access import CurrentParts, check_workers
from nitka.gateway.api.mirror import Mirror, escaped, mirror_of

router = APIRouter(tags=["settings"])

Owner = Annotated[Mirror, Depends(mirror_of("conversation"))]
Account = Annotated[str, Path(min_length=1, max_length=320)]
LabelName = Annotated[str, Path(min_length=1, max_length=60)]


class TemplateQuery(BaseModel):
    """`q`: words that must be in the name, the shortcut or the text."""

    q: str = Field(default="", max_length=100)


class RenderQuery(BaseModel):
    conversation_id: UUID


@router.get("/settings/shop", response_model=ShopSettings)
async def shop_settings(owner: Owner) -> Response:
    return await owner.get("/settings/shop")


@router.put("/settings/shop", response_model=ShopSettings)
async def put_shop(shop: SaveShop, owner: Owner) -> Response:
    return await owner.send("/settings/shop", method="PUT")


@router.get("/settings/inboxes", response_model=list[InboxSettings])
async def inbox_settings(owner: Owner) -> Response:
    return await owner.get("/settings/inboxes")


@router.put("/settings/inboxes/{account:path}", response_model=InboxSettings)
async def put_inbox(account: Account, inbox: SaveInbox, owner: Owner) -> Response:
    return await owner.send(f"/settings/inboxes/{escaped(account)}", method="PUT")


@router.get("/settings/holidays", response_model=list[HolidayCountry])
async def holiday_countries(owner: Owner) -> Response:
    """Countries whose holidays are known."""
    return await owner.get("/settings/holidays")


@router.get("/settings/rules", response_model=list[Rule])
async def rules(owner: Owner) -> Response:
    return await owner.get("/settings/rules")


@router.get("/settings/rules/names", response_model=list[RuleName])
async def rule_names(owner: Owner) -> Response:
    """What rules are called, deleted ones as well."""
    return await owner.get("/settings/rules/names")


@router.post("/settings/rules", response_model=Rule, status_code=201)
async def add_rule(rule: SaveRule, owner: Owner, parts: CurrentParts) -> Response:
    await check_workers(parts, _assignees(rule))
    return await owner.send("/settings/rules")


def _assignees(rule: SaveRule) -> list[str]:
    return [action.agent_id for action in rule.actions if isinstance(action, AssignTo)]


@router.post("/settings/rules/preview", response_model=Preview)
async def preview_rule(rule: TryRule, owner: Owner) -> Response:
    """Try a rule on the last conversations; changes nothing."""
    return await owner.send("/settings/rules/preview")


@router.put("/settings/rules/{id}", response_model=Rule)
async def put_rule(id: UUID, rule: SaveRule, owner: Owner, parts: CurrentParts) -> Response:
    await check_workers(parts, _assignees(rule))
    return await owner.send(f"/settings/rules/{id}", method="PUT")


@router.delete("/settings/rules/{id}", status_code=204)
async def delete_rule(id: UUID, owner: Owner) -> Response:
    return await owner.send(f"/settings/rules/{id}", method="DELETE")


@router.get("/templates", response_model=list[Template])
async def templates(owner: Owner, query: Annotated[TemplateQuery, Query()]) -> Response:
    return await owner.get("/templates", query)


@router.post("/templates", response_model=Template, status_code=201)
async def add_template(template: SaveTemplate, owner: Owner) -> Response:
    return await owner.send("/templates")


@router.put("/templates/{id}", response_model=Template)
async def put_template(id: UUID, template: SaveTemplate, owner: Owner) -> Response:
    return await owner.send(f"/templates/{id}", method="PUT")


@router.delete("/templates/{id}", status_code=204)
async def delete_template(id: UUID, owner: Owner) -> Response:
    return await owner.send(f"/templates/{id}", method="DELETE")


@router.get("/templates/{id}/rendered", response_model=Rendered)
async def rendered_template(id: UUID, owner: Owner, query: Annotated[RenderQuery, Query()]) -> Response:
    """A template filled in for a conversation."""
    return await owner.get(f"/templates/{id}/rendered", query)


@router.get("/labels", response_model=list[LabelView])
async def labels(owner: Owner) -> Response:
    return await owner.get("/labels")


@router.post("/labels", response_model=LabelView, status_code=201)
async def make_label(label: SaveLabel, owner: Owner) -> Response:
    return await owner.send("/labels")


@router.get("/labels/{name:path}/uses", response_model=LabelUses)
async def label_uses(name: LabelName, owner: Owner) -> Response:
    return await owner.get(f"/labels/{escaped(name)}/uses")


@router.put("/labels/{name:path}", response_model=LabelView)
async def put_label(name: LabelName, label: SaveLabel, owner: Owner) -> Response:
    return await owner.send(f"/labels/{escaped(name)}", method="PUT")


@router.delete("/labels/{name:path}", status_code=204)
async def delete_label(name: LabelName, owner: Owner) -> Response:
    return await owner.send(f"/labels/{escaped(name)}", method="DELETE")
