"""Who writes what, when, and what becomes of it: drawn once from a seed, the same every time."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, get_args

from nitka.local.demo.stories import PEOPLE, PRODUCTS, Deed, Story

DOMAIN = "demo-customer.example"
INBOX = "support@shop.example"


@dataclass(frozen=True, slots=True)
class Scene:
    """One customer's conversation."""

    key: str
    first_name: str
    name: str
    email: str
    story: Story
    product: str
    price: Decimal
    order_id: str
    at: datetime
    deed: Deed
    agent: int
    score: int
    note: str | None
    days_since_visit: int

    def words(self, text: str) -> str:
        """A story's text with this customer's details."""
        return text.format(name=self.first_name, order=self.order_id, product=self.product)


def cast(seed: int, until: datetime, notes: Sequence[str]) -> list[Scene]:
    """The day's scenes, oldest first. `until`: the end of the day that is played."""
    draw = random.Random(f"{seed}|{until.isoformat()}")  # noqa: S311 - a story, no secret
    scenes = []
    people = [(stories, person) for stories, persons in PEOPLE for person in persons]
    for number, (stories, (first, last)) in enumerate(people * 2):
        product, price = draw.choice(PRODUCTS)
        # Most of a day waits or is solved; the rest shows what else there is.
        deed = draw.choices(get_args(Deed), (10, 3, 3, 2, 2, 10, 5))[0]
        scenes.append(
            Scene(
                key=f"{seed}.{until:%Y%m%d%H}.{number}",
                first_name=first,
                name=f"{first} {last}",
                email=f"{_ascii(first)}.{_ascii(last)}@{DOMAIN}",
                story=draw.choice(list(stories.values())),
                product=product,
                price=Decimal(price),
                order_id=str(40_000 + draw.randrange(9_000)),
                at=until - timedelta(minutes=draw.randrange(5, 12 * 60)),
                deed=deed,
                agent=draw.randrange(3),
                score=draw.choices((5, 4, 3, 2, 1), (10, 6, 2, 1, 1))[0],
                note=draw.choice(list(notes)) if draw.random() < 0.25 else None,
                days_since_visit=draw.choice((0, 1, 2, 3, 5, 9, 14, 21, 33, 48)),
            )
        )
    return sorted(scenes, key=lambda s: s.at)


def _ascii(name: str) -> str:
    table = str.maketrans("ąćęłńóśźżçğıöşüãáâàéêíõôúÇŞ", "acelnoszzcgiosuaaaaeeioouCS")
    return name.translate(table).lower().replace(" ", "-")


def mail(scene: Scene) -> EmailMessage:
    """The customer's first mail; a complaint carries a picture in its HTML."""
    message = EmailMessage()
    message["From"] = f"{scene.name} <{scene.email}>"
    message["To"] = INBOX
    message["Subject"] = scene.words(scene.story.subject)
    message["Date"] = format_datetime(scene.at)
    message["Message-ID"] = f"<{scene.key}@{DOMAIN}>"
    text = scene.words(scene.story.text)
    message.set_content(text)
    if scene.story.label == "complaint":
        paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
        message.add_alternative(f'{paragraphs}<p><img src="cid:photo@demo" alt="photo"></p>', subtype="html")
        html: Any = message.get_payload()[1]  # type: ignore[index]
        html.add_related(picture(), "image", "png", cid="<photo@demo>", filename="photo.png")
    elif scene.story.label == "invoice":
        details = f"Order {scene.order_id}\n{scene.product}: {scene.price} EUR\n".encode()
        message.add_attachment(details, "text", "plain", filename=f"order-{scene.order_id}.txt")
    return message


def machines_mails(until: datetime, key: str) -> list[EmailMessage]:
    """Mails that machines write: they are kept, but nobody has to answer them."""
    away = EmailMessage()
    away["From"] = f"Out of office <office@{DOMAIN}>"
    away["Subject"] = "Automatic reply: I am away until Monday"
    away["Auto-Submitted"] = "auto-replied"
    away.set_content("I am away until Monday.")
    spam = EmailMessage()
    spam["From"] = f"Weekly deals <no-reply@{DOMAIN}>"
    spam["Subject"] = "Your weekly deals"
    spam["Precedence"] = "bulk"
    spam["List-Unsubscribe"] = f"<mailto:off@{DOMAIN}>"
    spam["Auto-Submitted"] = "auto-generated"
    spam.set_content("Everything must go!")
    for number, message in enumerate((away, spam)):
        message["To"] = INBOX
        message["Date"] = format_datetime(until - timedelta(hours=number + 1))
        message["Message-ID"] = f"<{key}.machine{number}@{DOMAIN}>"
    return [away, spam]


def order(scene: Scene) -> dict[str, Any]:
    """The shop's order behind a conversation."""
    placed = scene.at - timedelta(days=7)
    return {
        "order_id": scene.order_id,
        "customer": {"email": scene.email, "name": scene.name},
        "placed_at": placed.isoformat(),
        "total": str(scene.price),
        "currency": "EUR",
        "lines": [{"title": scene.product, "quantity": 1, "unit_price": str(scene.price)}],
        "payment": "card",
        "shipment": "DHL",
        "status": "shipped",
    }


def visit(scene: Scene) -> dict[str, Any]:
    """The customer's last visit to the shop."""
    at = scene.at - timedelta(days=scene.days_since_visit, minutes=7)
    return {
        "visit_id": f"v-{scene.key}",
        "customer": {"email": scene.email},
        "at": at.isoformat(),
        "url": f"https://shop.example/{scene.product.lower().replace(' ', '-')}",
        "product": scene.product,
    }


def picture(width: int = 240, height: int = 150) -> bytes:
    """A PNG of a cracked vessel, near enough."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = ((x - width / 2) / 80) ** 2 + ((y - height / 2) / 60) ** 2 < 1
            crack = inside and abs((x - width / 2) - (y % 24 - 12) * (1 if y // 24 % 2 else -1)) < 3
            rows += bytes((58, 42, 40) if crack else (196, 120, 90) if inside else (236, 232, 226))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
