"""The mails as files (Maildir), so that they survive a restart and any mail program can read them."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

from nitka.local.mailbox.letters import Mail, read


class Letters:
    """Every recipient's copy of a mail, and what customers wrote."""

    def __init__(self, path: Path) -> None:
        self._maildir = mailbox.Maildir(path, create=True)
        self._read: dict[str, Mail] = {}

    def deliver(self, recipient: str, raw: bytes) -> str:
        """Keep a copy for `recipient`; returns its id. The file is on disk on return."""
        return self._add({"Delivered-To": parseaddr(recipient)[1] or recipient}, raw)

    def keep_sent(self, sender: str, raw: bytes) -> str:
        """Keep what a customer sent; returns its id."""
        return self._add({"Delivered-To": parseaddr(sender)[1] or sender, "X-Mailbox-Sent": "yes"}, raw)

    def newest_first(self) -> Iterator[Mail]:
        """All mails. A file's name begins with the time of its delivery."""
        for key in sorted(self._maildir.keys(), key=_delivered, reverse=True):
            yield self.mail(key)

    def mail(self, mail_id: str) -> Mail:
        """One mail. Raises KeyError."""
        if mail_id not in self._read:
            self._read[mail_id] = read(mail_id, self.raw(mail_id))
        return self._read[mail_id]

    def raw(self, mail_id: str) -> bytes:
        """A mail's bytes. Raises KeyError."""
        return self._maildir.get_bytes(mail_id)

    def clear(self) -> None:
        """Forget all mails."""
        self._maildir.clear()
        self._read.clear()

    def _add(self, trace: dict[str, str], raw: bytes) -> str:
        head = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in trace.items())
        return str(self._maildir.add(head.encode() + raw))


def _delivered(key: str) -> tuple[int, int, str]:
    # 1763790000.M123456P42Q7.host: seconds, then microseconds
    seconds, _, rest = key.partition(".")
    micros = rest[1:].partition("P")[0]
    return (int(seconds) if seconds.isdigit() else 0, int(micros) if micros.isdigit() else 0, key)
