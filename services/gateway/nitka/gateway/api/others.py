"""Mirrored routes of routing, customer profile and reporting."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from nitka.api.customers import CustomerCard
from nitka.api.reports import Cards, Series
from nitka.api.routing import PresenceView, QueueState, Served, SetPresence
from nitka.gateway.api.mirror import Mirror, mirror_of

router = APIRouter()

Routing = Annotated[Mirror, Depends(mirror_of("routing"))]
Customers = Annotated[Mirror, Depends(mirror_of("customer_profile"))]
Reporting = Annotated[Mirror, Depends(mirror_of("reporting"))]


class LookupQuery(BaseModel):
    """`contact`: kind:value, e.g. email:ann@example.com."""

    contact: str = Field(min_length=3, max_length=340)


class SearchQuery(BaseModel):
    q: str = Field(default="", max_length=200)


class RangeQuery(BaseModel):
    """Days, both included, in `zone` (an IANA name). Default: the last 30 days, UTC."""

    since: date | None = None
    until: date | None = None
    zone: str = Field(default="UTC", max_length=64)


@router.post("/serve-next", response_model=Served, tags=["routing"])
async def serve_next(owner: Routing) -> Response:
    """Give the caller the one conversation that has waited longest."""
    return await owner.send("/serve-next")


@router.get("/queue", response_model=QueueState, tags=["routing"])
async def queue(owner: Routing) -> Response:
    return await owner.get("/queue")


@router.put("/presence", response_model=PresenceView, tags=["routing"])
async def set_presence(presence: SetPresence, owner: Routing) -> Response:
    return await owner.send("/presence", method="PUT")


@router.get("/presence", response_model=list[PresenceView], tags=["routing"])
async def presence(owner: Routing) -> Response:
    return await owner.get("/presence")


@router.get("/customers/lookup", response_model=CustomerCard, tags=["customers"])
async def lookup_customer(owner: Customers, query: Annotated[LookupQuery, Query()]) -> Response:
    """The customer behind a contact point; 404 when unknown."""
    return await owner.get("/customers/lookup", query)


@router.get("/customers/{id}", response_model=CustomerCard, tags=["customers"])
async def customer(id: UUID, owner: Customers) -> Response:
    return await owner.get(f"/customers/{id}")


@router.get("/customers", response_model=list[CustomerCard], tags=["customers"])
async def customers(owner: Customers, query: Annotated[SearchQuery, Query()]) -> Response:
    return await owner.get("/customers", query)


@router.get("/reports/cards", response_model=Cards, tags=["reports"])
async def cards(owner: Reporting, query: Annotated[RangeQuery, Query()]) -> Response:
    return await owner.get("/reports/cards", query)


@router.get("/reports/series", response_model=Series, tags=["reports"])
async def series(owner: Reporting, query: Annotated[RangeQuery, Query()]) -> Response:
    return await owner.get("/reports/series", query)
