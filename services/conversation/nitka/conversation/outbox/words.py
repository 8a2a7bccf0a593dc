"""What we say to customers beside what agents write, in their language where we have it, else in the shop's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """`rating` stands before the link to rate by; `wrote`, with `{day}`, `{time}` and `{name}`, above what an
    answer quotes; `day` is the form of a date (strftime)."""

    rating: str
    wrote: str
    day: str

    def above(self, name: str, at: datetime, zone: tzinfo | None) -> str:
        """The line above a quote: who wrote it, and when on the clock of `zone` (None: UTC, and it says so)."""
        at = at.astimezone(zone or UTC)
        time = f"{at:%H:%M}" if zone else f"{at:%H:%M} UTC"
        return self.wrote.format(name=name, day=f"{at:{self.day}}", time=time)


WORDS: Final[Mapping[str, Words]] = {
    "en": Words("How did we do? Rate this conversation:", "On {day} at {time}, {name} wrote:", "%d %b %Y"),
    "pl": Words("Jak nam poszło? Oceń tę rozmowę:", "W dniu {day} o {time} {name} pisze:", "%d.%m.%Y"),
    "pt-BR": Words(
        "Como foi o atendimento? Avalie esta conversa:", "Em {day} às {time}, {name} escreveu:", "%d/%m/%Y"
    ),
    "tr": Words("Nasıldık? Bu görüşmeyi değerlendirin:", "{name}, {day} {time} tarihinde şunu yazdı:", "%d.%m.%Y"),
}


def words_in(language: str | None, shop: Words) -> Words:
    """The words in a language as it is detected; the shop's where there are none."""
    return WORDS.get("pt-BR" if language == "pt" else language or "", shop)
