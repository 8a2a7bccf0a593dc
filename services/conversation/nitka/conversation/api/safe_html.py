"""A mail's HTML made safe to show: harmless tags, no scripts, no remote content, pictures by our own paths.

What lies on other machines is named by an attribute that loads nothing (`data-src`, `data-background`): the signed
address under which the gateway fetches it, for when somebody asks for the pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import nh3

from nitka.api import images
from nitka.conversation.api.html_quotes import hint, mark_quotes

_TAGS = nh3.ALLOWED_TAGS | {"font", "center", "big"}
_STYLE = {
    "background", "background-color", "background-image", "background-position", "background-repeat",
    "background-size", "border", "border-bottom", "border-collapse", "border-color", "border-left",
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
    **{
        tag: _LAYOUT | {"colspan", "rowspan", "background"}
        for tag in ("table", "tbody", "thead", "tfoot", "tr", "td", "th")
    },
    "*": {"style", "dir", "lang", "title", "align", "class", "id"},
    "a": {"href", "title", "style"},
    "img": {"src", "srcset", "alt", "width", "height", "style", "title"},
    "font": {"color", "face", "size"},
}
_STYLE_ODD = re.compile(
    r"\\|/\*|<|@import|expression\s*\(|image\s*\(|image-set|\bsrc\s*\(|cross-fade", re.IGNORECASE
)
_STYLE_URL = re.compile(r"""url\(\s*(?:"([^"()\\]*)"|'([^'()\\]*)'|([^"'()\\\s]*))\s*\)""", re.IGNORECASE)

_INLINE_ONLY = re.compile(r"[\x00-\x20]*".join(["", *"data"]) + r"[\x00-\x20]*:|[\x00-\x20]*cid:", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}
DEPTH_MAX = 2000
"""Tags inside each other. The cleaner takes quadratic time on deeper ones: 100,000 nested tags, 17 seconds."""


Sign = Callable[[str], str]
"""Makes the gateway's address of a picture from its own (nitka.api.images)."""


class SafeHtml(NamedTuple):
    """`remote_blocked`: something that lies on other machines is not shown. `quoted`: parts bear the mark."""

    html: str
    remote_blocked: bool
    quoted: bool


def sanitise(html: str, inline: Mapping[str, str], sign: Sign | None = None) -> SafeHtml | None:
    """Clean a mail's HTML. `inline` maps a content id to the path that serves the picture. Without `sign`, what
    lies on other machines is left out for good.

    None for HTML that no mail program writes and that would take too long: show the text instead.
    """
    if _depth(html) > DEPTH_MAX:
        return None
    attributes = _Attributes(inline, sign)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "head", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=attributes.filter,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=_STYLE,
    )
    marked, quoted = mark_quotes(_held_back(clean))
    return SafeHtml(marked, attributes.remote, quoted)


class _Attributes:
    """Looks at every attribute that is allowed at all. `remote`: one named something on another machine."""

    def __init__(self, inline: Mapping[str, str], sign: Sign | None) -> None:
        self._inline, self._sign = inline, sign
        self.remote = False

    def filter(self, tag: str, name: str, value: str) -> str | None:
        """The value to keep, None for none."""
        match name:
            case "src":
                kept = _source(value, self._inline) or self._remote(value)
            case "srcset":
                kept = self._remote((value.split(None, 1) or [""])[0].rstrip(","))
            case "background":
                kept = self._remote(value)
            case "href":
                kept = None if _INLINE_ONLY.match(value) else value
            case "class" | "id":
                kept = hint(value)
            case "style":
                kept = self._style(value)
            case _:
                kept = value
        return kept

    def _remote(self, value: str) -> str | None:
        url = value.strip()
        url = f"https:{url}" if url.startswith("//") else url
        if not _REMOTE.match(url):
            return None
        self.remote = True
        return self._sign(url) if self._sign and len(url) <= images.URL_MAX else None

    def _style(self, value: str) -> str | None:
        """The declarations with signed addresses; none at all where they are written in an odd way."""
        if _STYLE_ODD.search(value):
            self.remote = self.remote or "url" in value.lower()
            return None
        named = value.lower().count("url")
        if not named:
            return value
        found, count = _STYLE_URL.subn(lambda m: f"url({self._remote(m[1] or m[2] or m[3] or '') or ''})", value)
        return found if count == named else None


_REMOTE = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_OPENING = re.compile(r'<[a-zA-Z][a-zA-Z0-9]*(?:[^>"]|"[^"]*")*>')
_OURS = re.escape(f"{images.PATH}?")
_LOADS = re.compile(rf'\s(src|srcset|background)="({_OURS}[^"]*)"')
_LOADS_IN_STYLE = re.compile(rf"url\((?:&quot;)?({_OURS}[^)\"]*?)(?:&quot;)?\)")


def _held_back(clean: str) -> str:
    """Cleaned HTML in which nothing that lies on other machines is loaded before somebody asks for it."""
    return _OPENING.sub(_hold_back, clean) if images.PATH in clean else clean


def _hold_back(tag: re.Match[str]) -> str:
    found = _LOADS.sub(r' data-\1="\2"', tag[0])
    found = re.sub(r' data-srcset="([^"]*)"', "" if "src=" in found else r' data-src="\1"', found)
    in_style = _LOADS_IN_STYLE.search(found)
    if in_style and " data-background=" not in found:
        found = f'{found[:-1]} data-background="{in_style[1]}">'
    return _LOADS_IN_STYLE.sub("none", found)


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
