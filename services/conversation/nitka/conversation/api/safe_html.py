"""A mail's HTML made safe to show: harmless tags, no scripts, no remote content, pictures by our own paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import nh3

_TAGS = nh3.ALLOWED_TAGS | {"font", "center", "big"}
_STYLE = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
    "display", "font", "font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width",
    "word-break", "word-wrap",
}  # fmt: skip
_LAYOUT = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "dir", "height", "style", "valign", "width"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    **{tag: _LAYOUT | {"colspan", "rowspan"} for tag in ("table", "tbody", "thead", "tfoot", "tr", "td", "th")},
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href", "title", "style"},
    "img": {"src", "alt", "width", "height", "style", "title"},
    "font": {"color", "face", "size"},
}
_STYLE_URL = re.compile(r"url\s*\(|expression\s*\(|@import", re.IGNORECASE)


_INLINE_ONLY = re.compile(r"[\x00-\x20]*".join(["", *"data"]) + r"[\x00-\x20]*:|[\x00-\x20]*cid:", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}
DEPTH_MAX = 2000
"""Tags inside each other. The cleaner takes quadratic time on deeper ones: 100,000 nested tags, 17 seconds."""


class SafeHtml(NamedTuple):
    """`remote_blocked`: something that lies on other machines was left out."""

    html: str
    remote_blocked: bool


def sanitise(html: str, inline: Mapping[str, str]) -> SafeHtml | None:
    """Clean a mail's HTML. `inline` maps a content id to the path that serves the picture.

    None for HTML that no mail program writes and that would take too long: show the text instead.
    """
    if _depth(html) > DEPTH_MAX:
        return None
    blocked = False

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal blocked
        if name == "src":
            source = _source(value, inline)
            blocked = blocked or (source is None and value.strip().lower().startswith(("http:", "https:", "//")))
            return source
        if name == "href" and _INLINE_ONLY.match(value):
            return None
        if name == "style" and _STYLE_URL.search(value):
            blocked = True
            return None
        return value

    clean = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "head", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=_STYLE,
    )
    return SafeHtml(clean, blocked)


def _depth(html: str) -> int:
    """How many tags are open at once, at most; tags that need no end count until something closes."""
    depth = deepest = 0
    for tag in _TAG.finditer(html):
        if tag[1]:
            depth = max(0, depth - 1)
        elif tag[2].lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _source(value: str, inline: Mapping[str, str]) -> str | None:
    value = value.strip()
    if value.lower().startswith("cid:"):
        return inline.get(value[4:].strip("<>"))
    if re.match(r"data:image/(png|jpe?g|gif|webp);base64,", value, re.IGNORECASE):
        return value
    return None
