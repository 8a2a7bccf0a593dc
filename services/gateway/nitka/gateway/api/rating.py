"""The public page behind the link in a mail: five buttons, a comment, thanks. No account, no script."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from nitka.gateway.api.access import CurrentParts, Parts, address_of, count_attempt
from nitka.gateway.api.words import WORDS, Words, language_of
from nitka.gateway.domain import RATINGS_PER_ADDRESS
from nitka.runtime.tokens import Caller, Role

_CALLER = Caller(id="gateway", role=Role.SERVICE)
_FORM_MAX = 32 * 1024
COMMENT_MAX = 4000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")

router = APIRouter(include_in_schema=False)


@router.get("/rate/{token}")
async def rating_form(token: str, request: Request, parts: CurrentParts, score: str = "") -> Response:
    """The form, with `score` chosen; looking at it rates nothing, since mail scanners open links."""
    words = WORDS[language_of(request.headers.get("accept-language", ""))]
    if (refusal := await _too_often(request, parts, words)) is not None:
        return refusal
    if not _TOKEN.fullmatch(token):
        return _refused(words, 404)
    found = await parts.services["conversation"].request(_CALLER, "GET", f"/ratings/{token}")
    if found.status_code == 200:
        return _thanks(words) if found.json()["rated"] else _form(words, int(found.json()["number"]), score)
    return _refused(words, found.status_code)


@router.post("/rate/{token}")
async def rate(token: str, request: Request, parts: CurrentParts) -> Response:
    words = WORDS[language_of(request.headers.get("accept-language", ""))]
    if (refusal := await _too_often(request, parts, words)) is not None:
        return refusal
    rating = _rating(await request.body())
    if rating is None:
        return _page(words, words.choose, f"<h1>{words.question}</h1><p>{words.choose}</p>", 422)
    if not _TOKEN.fullmatch(token):
        return _refused(words, 404)
    answer = await parts.services["conversation"].request(_CALLER, "POST", f"/ratings/{token}", json=rating)
    # Rated before (a double click, the link opened twice): the customer has done their part.
    rated = answer.status_code == 204 or (
        answer.status_code == 409 and answer.json().get("code") == "already_rated"
    )
    return _thanks(words) if rated else _refused(words, answer.status_code)


async def _too_often(request: Request, parts: Parts, words: Words) -> Response | None:
    wait = await count_attempt(parts, RATINGS_PER_ADDRESS, f"rating address {address_of(request)}")
    if not wait:
        return None
    page = _page(words, words.later, f"<h1>{words.later}</h1>", 429)
    page.headers["retry-after"] = str(wait)
    return page


def _rating(body: bytes) -> dict[str, object] | None:
    """Score and comment of a posted form, None when it holds no score from 1 to 5."""
    if len(body) > _FORM_MAX:
        return None
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        return None
    score = fields.get("score", [""])[0]
    if score not in {"1", "2", "3", "4", "5"}:
        return None
    comment = fields.get("comment", [""])[0].replace("\x00", "").strip()[:COMMENT_MAX]
    return {"score": int(score), "comment": comment or None}


def _form(words: Words, number: int, chosen: str) -> HTMLResponse:
    choices = "".join(
        f'<label><input type="radio" name="score" value="{n}" required{" checked" if chosen == str(n) else ""}>'
        f"<span>{n}</span>"
        f"<small>{escape(name)}</small></label>"
        for n, name in enumerate(words.scores, 1)
    )
    body = f"""<h1>{escape(words.question)}</h1>
<form method="post"><fieldset><legend>{escape(words.conversation)} #{number}</legend>
<div class="scores">{choices}</div></fieldset>
<label for="comment">{escape(words.comment)}</label>
<textarea id="comment" name="comment" rows="4" maxlength="{COMMENT_MAX}"></textarea>
<button>{escape(words.send)}</button></form>"""
    return _page(words, words.question, body, 200)


def _thanks(words: Words) -> HTMLResponse:
    return _page(words, words.thanks, f"<h1>{escape(words.thanks)}</h1><p>{escape(words.close)}</p>", 200)


def _refused(words: Words, status: int) -> HTMLResponse:
    if status >= 500:
        return _page(words, words.later, f"<h1>{escape(words.later)}</h1>", 503)
    return _page(words, words.invalid, f"<h1>{escape(words.invalid)}</h1>", 404)


_STYLE = """
:root{color-scheme:light dark}
body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:8vh auto;padding:0 1rem}
fieldset{border:0;padding:0;margin:0 0 1.5rem}legend{opacity:.7;margin-bottom:.5rem}
.scores{display:grid;grid-template-columns:repeat(5,1fr);gap:.5rem}
.scores label{display:grid;justify-items:center;text-align:center;gap:.25rem;padding:.75rem .25rem;
border:1px solid #8888;border-radius:10px;cursor:pointer}
.scores label:has(input:checked){outline:3px solid #2f6fdf}.scores span{font-size:1.5rem;font-weight:600}
.scores label:focus-within{outline:3px solid #2f6fdf}small{font-size:.75rem}
textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border-radius:10px}
textarea{border:1px solid #8888;margin:.25rem 0 1rem}
button{border:0;background:#1f5fd0;color:#fff;font-weight:600;cursor:pointer}
"""


def _page(words: Words, title: str, body: str, status: int) -> HTMLResponse:
    html = f"""<!doctype html><html lang="{words.code}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"""
    headers = {"cache-control": "no-store", "content-language": words.code, "vary": "accept-language"}
    return HTMLResponse(html, status_code=status, headers=headers)
