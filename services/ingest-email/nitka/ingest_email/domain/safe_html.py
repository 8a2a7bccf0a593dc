"""Our own HTML before it leaves: an agent's answer or a template must not carry what a mail must not hold."""

from __future__ import annotations

import re

import nh3

from nitka.ingest_email.domain.charsets import clean

TAGS_CAP = 20_000
"""The cleaner takes quadratic time on tags inside each other; nobody writes so many. The text says the same."""

_TAGS = nh3.ALLOWED_TAGS | {"font", "center", "big"}
_CELLS = {"align", "valign", "width", "height", "colspan", "rowspan", "bgcolor"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    **dict.fromkeys(("tbody", "thead", "tfoot", "tr", "td", "th"), _CELLS),
    "table": _CELLS | {"border", "cellpadding", "cellspacing"},
    "*": {"style", "dir", "lang", "title", "align", "class"},
    "blockquote": {"cite", "type"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-radius",
    "border-right", "border-top", "color", "display", "font-family", "font-size", "font-style", "font-weight",
    "height", "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-transform", "vertical-align", "white-space", "width",
}  # fmt: skip
_QUOTES = {"gmail_quote", "gmail_attr"}
"""Classes by which mail programs know a quote, and fold it. All others mean something in our app only."""
_LOADS = re.compile(r"url\s*\(|expression\s*\(|\\", re.IGNORECASE)
_PICTURE = re.compile(r"\s*(cid|https):", re.IGNORECASE)
_LINK = re.compile(r"\s*(https?|mailto|tel):", re.IGNORECASE)


def safe(html: str) -> str | None:
    """HTML without scripts, forms, styles that load anything, and pictures but `cid:` and `https:` ones.

    None when nothing of it can be shown.
    """
    if html.count("<") > TAGS_CAP:
        return None
    cleaned = nh3.clean(
        clean(html),
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "head", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel=None,
        filter_style_properties=_STYLES,
    )
    return cleaned.strip() or None


def _attribute(tag: str, name: str, value: str) -> str | None:
    allowed = {("img", "src"): _PICTURE, ("a", "href"): _LINK}.get((tag, name))
    if allowed is not None and not allowed.match(value):
        return None
    if name == "class" and value not in _QUOTES:
        return None
    return None if name == "style" and _LOADS.search(value) else value
