"""The words by which mail programs introduce what they quote, in the languages that mail is written in."""

from __future__ import annotations

import re
from typing import Final, Literal

Role = Literal["from", "to", "sent", "date", "subject", "other"]

VERB: Final = re.compile(
    r"(?<!\w)(?:wrote|writes|schrieb|schreibt|geschrieben|a\s+écrit|écrit|écrivait|escribió|escribio|escreveu"
    r"|ha\s+scritto|scrive|scritto|schreef|geschreven|pisze|napisana\s+przez|napisał\(a\)|napisała?|napisal|yazdı|yazmış|skrev"
    r"|kirjoitti|napísal|napsal\(a\)|napsala?|a\s+scris|έγραψε|ezt\s+írta|írta|đã\s+viết|написал\(а\)|написала?"
    r"|пишет|пише|написав)(?!\w)|写道|寫道|のメッセージ|作成|작성|님이",
    re.IGNORECASE,
)
"""A mail program's word for writing. Forms of the first person are none of them: those are people's own words."""

VERB_BEFORE_NAME: Final = re.compile(r"(?<!\w)(?:schrieb|schreef|skrev)(?!\w)", re.IGNORECASE)
"""Verbs that the name follows: "Am 12.3.2026 um 14:22 schrieb Ann:"."""

OWN: Final = re.compile(r"(?<!\w)(?:I|we|ich|wir)\s+(?:wrote|schrieb)", re.IGNORECASE)

OPENING: Final = re.compile(
    r"(?:on|at|am|le|el|em|il|in\s+data|il\s+giorno|op|w\s+dniu|dnia|wiadomość\s+napisana|den|dne|dňa|på|vào|në|la|pe|ma|ti|ke|to|su"
    r"|mon|tue|wed|thu|fri|sat|sun|在|於|в)(?!\w)|\d|[\"'„“«]",
    re.IGNORECASE,
)
"""How the line above a quote begins, where it does not begin with a name."""

DATE: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d\d(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d))"
)
ADDRESS: Final = re.compile(r"[^\s<>()@:;,\"]{1,100}@[^\s<>()@:;,\"]{2,200}")

_FORWARDED: Final = (
    "forwarded message", "forwarded text", "fwd message", "weitergeleitete nachricht", "weitergeleiteten e-mail",
    "weitergeleitete e-mail", "message transféré", "message réexpédié", "courriel transféré", "mensaje reenviado",
    "messaggio inoltrato", "doorgestuurd bericht", "przekazana wiadomość", "przesłana wiadomość",
    "wiadomość przekazana", "przekazywana wiadomość", "mensagem encaminhada", "mensagem reencaminhada",
    "iletilen mesaj", "iletilen ileti", "iletilmiş mesaj", "yönlendirilen mesaj", "yönlendirilmiş ileti",
    "пересылаемое сообщение", "пересланное сообщение", "vidarebefordrat meddelande", "videresendt",
)  # fmt: skip
_ORIGINAL: Final = (
    "original message", "original appointment", "ursprüngliche nachricht", "originalnachricht",
    "message d'origine",
    "message original", "message initial", "mensaje original", "messaggio originale", "oorspronkelijk bericht",
    "origineel bericht", "oryginalna wiadomość", "wiadomość oryginalna", "wiadomość pierwotna",
    "mensagem original", "orijinal mesaj", "özgün ileti", "asıl ileti", "исходное сообщение",
    "ursprungligt meddelande", "oprindelig besked", "oprindelig meddelelse", "opprinnelig melding",
    "alkuperäinen viesti", "původní zpráva", "pôvodná správa", "eredeti üzenet", "mesaj original",
)  # fmt: skip
FORWARDED: Final = re.compile("|".join(map(re.escape, _FORWARDED)), re.IGNORECASE)
ORIGINAL: Final = re.compile("|".join(map(re.escape, _ORIGINAL)), re.IGNORECASE)

_ROLES: Final[dict[Role, tuple[str, ...]]] = {
    "from": ("from", "von", "de", "da", "van", "od", "gönderen", "kimden", "от", "от кого", "fra", "från",
             "lähettäjä", "nadawca", "remetente", "mittente", "expéditeur", "remitente",
             "发件人", "寄件者", "差出人", "보낸 사람", "feladó", "odesílatel", "从"),
    "to": ("to", "an", "à", "a", "para", "aan", "do", "kime", "alıcı", "кому", "til", "till", "vastaanottaja",
           "adresat", "cc", "kopie", "copie à", "kopia", "bilgi", "收件人", "宛先", "받는 사람", "címzett", "komu",
           "dw", "reply-to", "odpowiedz do", "antwort an"),
    "sent": ("sent", "gesendet", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em", "enviado em",
             "enviada", "inviato", "verzonden", "wysłano", "wysłane", "gönderildi", "gönderilme tarihi",
             "gönderme tarihi", "отправлено", "sendt", "skickat", "lähetetty", "odesláno", "发送时间", "送信日時",
             "보낸 날짜"),
    "date": ("date", "datum", "fecha", "data", "tarih", "дата", "dato", "päivämäärä", "日期", "日付", "message du",
             "data wysłania"),
    "subject": ("subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "temat", "assunto", "konu",
                "тема", "emne", "ämne", "aihe", "sujet", "主题", "主旨", "件名", "제목", "tárgy", "předmět",
                "predmet"),
}  # fmt: skip
ROLES: Final[dict[str, Role]] = {word: role for role, words in _ROLES.items() for word in words}
"""The words of a header block that stands above a quoted mail, and what they mean."""

SOURCE: Final = {"received", "return-path", "message-id", "mime-version", "content-type", "x-mailer", "user-agent"}
"""Headers that no mail program puts above a quote."""

DEVICE: Final = re.compile(
    r"^[\s<(\[*_•–—-]{0,8}(?:"
    r"sent\s+(?:from|via|with|by|using)\b.*?(?:my\b|http|phone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|outlook"
    r"|mail|windows|blackberry|mobile|tablet|device|app\b)"
    r"|sent\s+(?:from|via|with)\s+[\w-]{1,20}\s*[<>)\]]"
    r"|get\s+\[?outlook\s+for\b"
    r"|(?:\w+\s+)?from\s+(?:my\s+)?(?:mobile|iphone|ipad|phone|android)\b"
    r"|von\s+mein\w{1,3}\b.{0,60}\bgesendet|gesendet\s+(?:von|mit|aus)\b|diese\s+nachricht\s+wurde\s+von\s+mein"
    r"|envoyé\s+(?:depuis|de|à\s+partir\s+de|avec)\b|enviado\s+(?:desde|do|de|a\s+partir|com|con|via|pelo)\b"
    r"|inviato\s+(?:da|dal|con)\b|verzonden\s+(?:vanaf|vanuit|met|via)\b|verstuurd\s+(?:vanaf|met)\b"
    r"|wysłan[eoay]\s+(?:z|za\s+pomocą|przez)\b|sendt\s+fra\b|skickat\s+från\b|lähetetty\b.{0,40}\b"
    r"|odesláno\s+z\b|отправлено\s+(?:с|из|от)\b|(?:iphone|ipad|android).{0,30}gönderildi|\S+\s+gönderildi"
    r"|從我的.{0,30}傳送|从我的.{0,30}发送|發自我的|发自我的|iphoneから送信|나의\s+.{0,20}에서\s+보냄)"
    r".*$",
    re.IGNORECASE,
)
"""A line that a telephone or an app adds below what somebody wrote."""
