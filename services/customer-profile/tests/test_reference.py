"""The figures against those of real shops' data, where it is at hand."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[4] / "shared/fixtures/orders"
NOW = datetime(2019, 1, 1, tzinfo=UTC)


def table(path: str) -> list[dict[str, str]]:
    file = SHARED / path
    if not file.exists():
        pytest.skip("no shared fixtures here")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.stack
async def test_olist(parts: Any, told: Any) -> None:
    people = {r["customer_id"]: r["customer_unique_id"] for r in table("olist_sample/olist_customers_dataset.csv")}
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in table("olist_sample/olist_order_payments_dataset.csv"):
        paid[row["order_id"]] += Decimal(row["payment_value"])
    orders = table("olist_sample/olist_orders_dataset.csv")
    batch = [
        told.order(
            row["order_id"],
            str(paid[row["order_id"]]),
            datetime.fromisoformat(row["order_purchase_timestamp"]).replace(tzinfo=UTC),
            f"shop:main:{people[row['customer_id']]}",
            currency="BRL",
            cancelled=row["order_status"] == "canceled",
        )
        for row in orders
    ]
    for start in range(0, len(batch), 500):
        await parts.profiles.handle(batch[start : start + 500])

    references = (SHARED / "olist_sample/reference_customer_profiles.jsonl").read_text().splitlines()
    lost: dict[str, Decimal] = defaultdict(Decimal)
    for row in orders:
        if row["order_status"] == "canceled":
            lost[people[row["customer_id"]]] += paid[row["order_id"]]
    assert len(references) > 1000
    for reference in map(json.loads, references):
        person = reference["customer_unique_id"]
        card = await parts.cards.by_contact(f"shop:main:{person}", NOW)
        assert card.orders == reference["orders"] - reference["canceled"]
        value = card.order_value[0].amount if card.order_value else Decimal(0)
        assert value == Decimal(reference["sum_payment"]) - lost[person]
        placed = sorted(o.placed_at.strftime("%Y-%m-%d %H:%M:%S") for o in card.recent_orders)
        assert (placed[0], placed[-1]) == (reference["first_order_at"], reference["last_order_at"])
