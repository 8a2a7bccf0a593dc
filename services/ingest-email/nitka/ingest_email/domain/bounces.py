"""Failure reports: RFC 3464 where a mail follows it, else what mail servers have in common.

The rules look for what every report must say (who could not be reached, an SMTP reply, the mail in question),
not for the wording of one product.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from nitka.events import Bounce
from nitka.ingest_email.domain.body import Body
from nitka.ingest_email.domain.charsets import clean
from nitka.ingest_email.domain.headers import Headers, addresses, message_ids, split, words
from nitka.ingest_email.domain.mime import Mail, Part, leaves

NOTICE_CAP = 32 * 1024
"""Characters of a report that are searched."""
RECIPIENTS_CAP = 100

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status", "text/delivery-status")
ORIGINAL_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")

_DAEMON = re.compile(r"mailer[-._ ]?daemon|^mdaemon$|^mail[-._]?daemon$|^double-bounce$|^mailerdaemon")
_POSTMASTER = re.compile(r"^po+st[-._]?master|^mail[-._]?(admin|master|delivery)|^bounces?$")
_SUBJECT = re.compile(
    r"undeliver|delivery (has |status |report|fail)|deliver(y|ed)?.{0,20}(fail|error|problem|delay)"
    r"|fail(ed|ure).{0,20}(deliver|notice)|returned (mail|to sender)|mail (delivery|failure|system error)"
    r"|could not be delivered|non[- ]?remis|unzustellbar|nicht zugestellt|nie (można|udało).{0,20}dostarcz"
    r"|niedostarcz|no se (pudo|ha podido) entregar|mancata consegna|não (foi )?entreg|не доставлено"
    r"|配信できません|送信できません|退信|无法投递|mail failed|message delivery"
    r"|delivery error|delivery notification"
)
_NOTICE = re.compile(
    r"(could|can)\s?n[o']t be (delivered|sent)|(not|unable to|failed to|cannot) (be )?(deliver|reach)"
    r"|undeliver|delivery (has |to .{0,80} )?fail|permanent (fatal )?error|delivery attempts"
    r"|did not reach the following|your message.{0,80}(bounced|rejected|returned)"
    r"|(no such|unknown|invalid) (user|recipient|address|mailbox)|user unknown|mailbox (is )?(full|unavailable)"
    r"|\b[45]\d\d[ -][45]\.\d\.\d"
)
_CUT = re.compile(
    r"^[> ]*(received|return-path|message-id|mime-version|dkim-signature|x-[a-z-]{2,40}): "
    r"|^[-_=* ]*(this is a copy of|below this line is a copy|original message|message header|undelivered message"
    r"|forwarded message|unsent message|returned message|text of your message|original mail|included is a copy)",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL_ID = re.compile(r"^[> \t]*message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_RESENT_ID = re.compile(r"^[> \t]*resent-message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\w.:/-])([45]\d\d)(?=[ \-:#\]>'\"])(?![- ]?(bytes|kb|mb))", re.IGNORECASE)
_EMAIL = re.compile(r"[a-z0-9][^\s<>()\[\]\",;:\\'=*|]{0,63}@[a-z0-9][a-z0-9.-]{1,190}[a-z0-9]", re.IGNORECASE)
_NEAR = re.compile(
    r"^[\s\"'*-]{0,12}<?\s*(?P<first>[^\s<>\"']{1,64}@[^\s<>\"':;]{1,190})>?(?=[\s:;\"',.(\[<]|$)"
    r"|(?:rcpt to|to|recipients?|address|user|mailbox)\b[^\n<@]{0,40}[:<'\" ]+"
    r"(?P<named>[^\s<>\"':;]{1,64}@[^\s<>\"':;()]{1,190})",
    re.IGNORECASE | re.MULTILINE,
)
_SOFT_WORDS = re.compile(
    r"quota|(mailbox|inbox|storage|disk).{0,20}(full|exceed|space)|over ?limit|too (large|big|many|much)|temporar"
    r"|try again|later|defer|time[d -]?out|spam|block|polic|reputation|denied|virus|content|relay"
    r"|size|greylist|rate|suspend|disabled|inactive|deactivat|expired|retry|loop|refused|ptr|reverse|authenticat"
)
_HARD_WORDS = re.compile(
    r"(unknown|no such|invalid|non-?exist\w*) (local )?(user|recipient|address|mailbox|account|domain|host|part)"
    r"|(user|recipient|address|mailbox|account|domain|host)( name)?( <?[^\s<>]{1,80}>?)?( is| was)? "
    r"(unknown|not found|does ?n[o']t exist|not exist|not known|invalid|not a valid)"
    r"|does ?n[o']t (exist|have an?|like recipient)|no mailbox here|not? (a )?(valid|known|our) (user|recipient)"
    r"|could ?n[o']?t be found|recip(ient)? ?not ?found|unroute?able|nxdomain|name or service not known"
    r"|(user|host|domain|name).{0,20}not found|null ?mx|has moved|no longer (valid|in use|at)"
    r"|no mx|does not accept mail|no account|unknown in|bad destination"
)
_NO_FAILURE = {"delayed", "delivered", "relayed", "expanded"}
_OUR_FAULT = re.compile(
    r"quota|mailbox (is )?full|spam|blocked|blacklist|banned|dmarc|\bspf\b|\bptr\b|reverse dns|\bdns entry"
    r"|authenticat|sender|mail from|couldn't create|access denied"
)
"""The sender, its server or the size of a box, whatever else the sentence mentions."""
_OUR_FAULT_STATUS = re.compile(r"[24]\.|5\.1\.[78]|5\.7\.\d{2,}")
_HARD_STATUS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"}
_SOFT_STATUS = re.compile(r"5\.(2\.[2-9]|3\.|6\.|7\.)")


def from_mail_system(sender: str) -> bool:
    """Whether this local part (or display name) belongs to a mail server, which never writes as a person."""
    return _DAEMON.search(sender.lower()) is not None


def is_report(mail: Mail, body: Body, *, null_sender: bool) -> bool:
    """Whether a mail is a delivery report: of success, delay or failure."""
    if mail.root is None:
        return False
    if mail.report_type == "delivery-status" or any(p.media_type in STATUS_TYPES for p in leaves(mail.root)):
        return True
    if told := notification(body.text):
        return bool(told["notificationType"] != "Complaint")
    locals_ = [a.value.partition("@")[0] for a in mail.headers.addresses("from", "sender")]
    if any(from_mail_system(one) for one in (*locals_, mail.headers.text("from"))):
        return True
    may_be = null_sender or any(_POSTMASTER.match(one) for one in locals_)
    return "x-failed-recipients" in mail.headers or (may_be and _says_so(mail.headers, body))


def _says_so(headers: Headers, body: Body) -> bool:
    subject = headers.text("subject").lower()[:300]
    return bool(_SUBJECT.search(subject) or _NOTICE.search(_notice(body.text).lower()))


def failures(mail: Mail, body: Body) -> tuple[Bounce, ...]:
    """Who could not be reached, for a mail that is a report; delays and successes are no failures."""
    originals = original_message_ids(mail, body) or (None,)
    ours = {a.value for a in mail.headers.addresses("to", "cc")}
    reports = [p for p in leaves(mail.root) if p.media_type in STATUS_TYPES] if mail.root else []
    found = list(_from_status(reports, _notice(body.text)))
    if not found and not _is_delay(mail, body):
        found = list(_from_text(mail, body, ours))
    actions = {action for action, _ in found}
    if actions and actions <= _NO_FAILURE:
        return ()
    unique = {b.recipient: b for action, b in found if action not in _NO_FAILURE}
    return tuple(
        b.model_copy(update={"original_message_id": original})
        for b in list(unique.values())[:RECIPIENTS_CAP]
        for original in originals
    )


def original_message_ids(mail: Mail, body: Body) -> tuple[str, ...]:
    """The ids of the mail that a report is about: from the attached original, or quoted in the text.

    One that was redirected has two, of which only the last redirection's may be ours.
    """
    for part in leaves(mail.root) if mail.root else ():
        if part.media_type in ORIGINAL_TYPES or part.filename.endswith(".eml"):
            headers, _ = split(part.content)
            if ids := headers.ids("message-id"):
                return (*headers.ids("resent-message-id")[:1], ids[0])
    resent, quoted = _RESENT_ID.search(body.text), _ORIGINAL_ID.search(body.text)
    if ids := tuple(i for found in (resent, quoted) if found for i in message_ids(found.group(1))):
        return ids
    answered = mail.headers.ids("in-reply-to") or mail.headers.ids("references")
    return answered[-1:]


def _from_status(reports: Iterable[Part], notice: str) -> Iterator[tuple[str, Bounce]]:
    """(action, bounce) per recipient block of RFC 3464; a block may be split by too many blank lines."""
    for part in reports:
        for block in re.split(rb"(?:\r?\n[ \t]*){2,}", part.content[: 512 * 1024].strip())[: RECIPIENTS_CAP * 2]:
            fields, _ = split(block)
            recipient = _recipient(fields)
            action = fields.word("action").split(" ")[0]
            if recipient is None and not action:
                continue
            diagnostic = words(fields.raw("diagnostic-code")) or words(fields.raw("x-supplementary-info"))
            given = _STATUS.search(fields.raw("status"))
            status = _better_status(given.group(1) if given else None, diagnostic)
            yield action or "failed", _bounce(recipient, status, diagnostic or _about(recipient, notice))


def _recipient(fields: Headers) -> str | None:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = fields.raw(name).rpartition(";")[2]
        for one in addresses(value):
            return one.value
    return None


def _better_status(status: str | None, diagnostic: str) -> str | None:
    """The remote server's own code says more than a reporter's general one (x.0.0)."""
    told = _STATUS.search(diagnostic)
    if told and (status is None or status.endswith(".0.0")):
        return told.group(1)
    return status


def _from_text(mail: Mail, body: Body, ours: set[str]) -> Iterator[tuple[str, Bounce]]:
    notice = _notice(body.text)
    if told := notification(body.text):
        yield from _from_notification(told)
        return
    named = [a.value for value in mail.headers.all("x-failed-recipients") for a in addresses(value)]
    candidates = (
        named
        or [r for r in _named_in(notice) if r not in ours]
        or [r for r in _named_in(body.text[:NOTICE_CAP]) if r not in ours]
        or list(_original_recipients(mail, body))
    )
    for recipient in dict.fromkeys(candidates) or [None]:
        about = _about(recipient, notice)
        status = _STATUS.search(about) or _STATUS.search(notice)
        yield "", _bounce(recipient, status.group(1) if status else None, about)


def _named_in(notice: str) -> Iterator[str]:
    for match in _NEAR.finditer(notice):
        email = _EMAIL.fullmatch((match.group("first") or match.group("named")).rstrip(".,)"))
        if email and not from_mail_system(email.group().partition("@")[0]):
            yield email.group().lower()


def _original_recipients(mail: Mail, body: Body) -> Iterator[str]:
    for part in leaves(mail.root) if mail.root else ():
        if part.media_type in ORIGINAL_TYPES:
            yield from (a.value for a in split(part.content)[0].addresses("to"))
    cut = _CUT.search(body.text)
    if cut:
        quoted, _ = split(body.text[cut.start() : cut.start() + NOTICE_CAP].encode())
        yield from (a.value for a in quoted.addresses("to"))


def _notice(text: str) -> str:
    """What the server itself wrote: the text before the returned mail."""
    head = text[:NOTICE_CAP]
    cut = _CUT.search(head)
    return head[: cut.start()] if cut and cut.start() > 60 else head


def _about(recipient: str | None, notice: str) -> str:
    """The sentences after a recipient's mention, where servers put the reason; else those with a reply."""
    at = notice.lower().find(recipient) if recipient else -1
    around = notice[at : at + 1200] if at >= 0 else notice
    if recipient:
        others = (m.start() for m in _NEAR.finditer(around, len(recipient)) if recipient not in m.group().lower())
        around = around[: next(others, len(around))]
    if not (_REPLY.search(around) or _STATUS.search(around)) and (reply := _REPLY.search(notice)):
        around = f"{around[:300]} {notice[reply.start() : reply.start() + 600]}"
    return re.sub(r"\s+", " ", around).strip()


def _bounce(recipient: str | None, status: str | None, reason: str) -> Bounce:
    reason = clean(reason)
    return Bounce(
        recipient=recipient, status=status, hard=is_hard(status, reason.lower()), reason=reason[:1000] or None
    )


def status_in(text: str) -> str | None:
    """The first enhanced status code (RFC 3463) in a reply."""
    found = _STATUS.search(text)
    return found.group(1) if found else None


def is_hard(status: str | None, reason: str) -> bool:
    """Whether the address itself is bad. Undecided means no: a good address must not be marked for ever."""
    code = _REPLY.search(reason)
    if (status is not None and status.startswith("4")) or (status is None and code and code.group(1) < "500"):
        return False
    if _OUR_FAULT.search(reason) or (status is not None and _OUR_FAULT_STATUS.match(status)):
        return False
    if _HARD_WORDS.search(reason):
        return True
    if _SOFT_WORDS.search(reason) or (status is not None and _SOFT_STATUS.match(status)):
        return False
    return status in _HARD_STATUS


def _is_delay(mail: Mail, body: Body) -> bool:
    subject = mail.headers.text("subject").lower()
    return bool(
        re.search(r"delay|verzöger|opóźni|warning: could not send|still (trying|retrying)", subject)
        or re.search(r"not yet been delivered|will (continue|be retried)|no action is required", body.text[:2000])
    )


def notification(text: str) -> dict[str, Any] | None:
    """What a mail service tells as JSON (Amazon SES, plain or wrapped by SNS), None for any other text."""
    if "notificationType" not in text[:2000]:
        return None
    decoder = json.JSONDecoder(strict=False)
    try:
        told, _ = decoder.raw_decode(text[: 4 * NOTICE_CAP].lstrip())
        if isinstance(told.get("Message"), str):
            told, _ = decoder.raw_decode(told["Message"])
    except (ValueError, AttributeError, RecursionError):
        return None
    return told if isinstance(told, dict) and "notificationType" in told else None


def _from_notification(told: dict[str, Any]) -> Iterator[tuple[str, Bounce]]:
    bounce = told.get("bounce")
    failed = bounce.get("bouncedRecipients") if isinstance(bounce, dict) else None
    for one in failed if isinstance(failed, list) else ():
        if isinstance(one, dict):
            reason, status = str(one.get("diagnosticCode") or ""), _STATUS.fullmatch(str(one.get("status")))
            recipient = next(addresses(str(one.get("emailAddress"))), None)
            yield (
                "failed",
                _bounce(recipient.value if recipient else None, status.group(1) if status else None, reason),
            )
