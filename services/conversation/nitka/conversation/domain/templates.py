"""Templates: fixed words with a few variables. No expressions, so a shared text can do nothing but be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import escape

from nitka.api.templates import VARIABLES, SaveTemplate, TemplateText

_VARIABLE = re.compile(r"\{\{\s*([a-z_.]+)\s*(?:\|([^{}]*))?\}\}")
_BRACES = re.compile(r"\{\{|\}\}")

Values = Mapping[str, str]
Text = SaveTemplate | TemplateText


class BadTemplate(ValueError):
    """A template that nobody should save; the message is for its author."""


def check(text: str, known: Collection[str] = VARIABLES) -> None:
    """Raises BadTemplate for a variable that is not `known` and for braces that are no variable."""
    for found in _VARIABLE.finditer(text):
        if found[1] not in known:
            raise BadTemplate(f"There is no {{{{{found[1]}}}}} here. There are: {', '.join(known)}.")
    stray = _BRACES.search(_VARIABLE.sub("", text))
    if stray:
        raise BadTemplate(f"{stray[0]} begins or ends no variable. One looks like {{{{customer.name|there}}}}.")


def render(text: str, values: Values) -> str:
    """The text with its variables filled in: the value, else the words after `|`, else nothing."""
    return _VARIABLE.sub(lambda m: values.get(m[1]) or (m[2] or "").strip(), text)


def render_html(html: str, values: Values) -> str:
    """The same for HTML; values are escaped, whatever they hold."""
    return _VARIABLE.sub(lambda m: escape(values.get(m[1], "")) or (m[2] or "").strip(), html)


def missing(text: str, values: Values) -> list[str]:
    """Variables of a text that are neither known nor have other words."""
    return sorted({m[1] for m in _VARIABLE.finditer(text) if not values.get(m[1]) and not (m[2] or "").strip()})


def variant(template: SaveTemplate, language: str | None) -> Text:
    """The template in a language, in its own where it has none in that."""
    return next((v for v in template.variants if v.language == language), template)


def first_name(name: str | None) -> str:
    """What one calls somebody (`Anna Nowak`, `Nowak, Anna`); empty where the name is none, like an address."""
    family, _, given = (name or "").strip("\"' ").partition(",")
    words = (given.strip() or family).split()
    return "" if not words or "@" in words[0] else words[0]
