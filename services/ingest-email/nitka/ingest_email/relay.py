"""The SMTP server that takes our mail: what it accepts and refuses, and what is wrong with it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from nitka.api.mail import RelayState
from nitka.events import DeliveryState
from nitka.ingest_email.domain.delivery import SERVICE_NOT_AVAILABLE, Outcome, Refusal, failed, refusal
from nitka.ingest_email.settings import IngestEmailSettings, Security
from nitka.runtime import logs

_log = logs.get("relay")


class NotNow(Exception):
    """Nothing has left; the same mail may be tried again."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.reason)
        self.refused = refused


class Relay:
    """A client of the relay; one connection a mail.

    With `tls` and `starttls` the server's certificate is verified before the login or any mail: there is no
    falling back to clear text.
    """

    def __init__(self, settings: IngestEmailSettings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock
        self.state = RelayState(
            host=settings.relay_host, port=settings.relay_port, security=settings.relay_security
        )

    async def send(self, sender: str, recipients: list[str], content: bytes) -> Outcome:
        """Hand over one mail. Raises NotNow when it surely has not left and may later."""
        client = self._client()
        try:
            try:
                await client.connect()
                refused = await self._begin(client, sender, recipients, content)
            except (SMTPException, OSError, TimeoutError) as error:
                raise NotNow(Refusal(None, 0, self._in_trouble(error), hard=False)) from None
            self._note(failures=0, last_error=None, last_success=self._clock())
            if len(refused) == len(recipients):
                return _all_refused(refused)
            return replace(await _data(client, content), refused=tuple(refused))
        finally:
            client.close()

    def _in_trouble(self, error: Exception) -> str:
        said = trouble(error)
        if said != self.state.last_error:  # not for each of a thousand mails that wait for it
            _log.warning("mail relay fails", error=said)
        self._note(failures=self.state.failures + 1, last_error=said)
        return said

    def _note(self, **changes: object) -> None:
        self.state = self.state.model_copy(update=changes)

    def _client(self) -> SMTP:
        s = self._settings
        return SMTP(
            hostname=s.relay_host,
            port=s.relay_port,
            use_tls=s.relay_security is Security.TLS,
            start_tls=s.relay_security is Security.STARTTLS,
            tls_context=ssl.create_default_context(),
            username=s.relay_user,
            password=s.relay_password.get_secret_value() if s.relay_password else None,
            timeout=s.relay_timeout,
            local_hostname=s.smtp_hostname,
        )

    async def _begin(self, client: SMTP, sender: str, recipients: list[str], content: bytes) -> list[Refusal]:
        """Announce the mail; returns the recipients that the relay refuses. Raises when it is in trouble."""
        await client.ehlo()
        wide = not all(a.isascii() for a in (sender, *recipients))
        if wide and not client.supports_extension("smtputf8"):
            return [Refusal(r, 553, "The mail relay takes no addresses outside ASCII.", False) for r in recipients]
        options = [f"SIZE={len(content)}"] if client.supports_extension("size") else []
        options += ["BODY=8BITMIME"] if client.supports_extension("8bitmime") else []
        encoding = "utf-8" if wide else "ascii"
        try:
            await client.mail(sender, options=[*options, *(["SMTPUTF8"] if wide else [])], encoding=encoding)
        except SMTPResponseException as error:
            _raise_unavailable(error)
            return [refusal(r, error.code, error.message) for r in recipients]
        refused = []
        for recipient in recipients:
            try:
                await client.rcpt(recipient, encoding=encoding)
            except SMTPRecipientRefused as error:
                _raise_unavailable(error)
                refused.append(refusal(recipient, error.code, error.message))
        return refused


def trouble(error: BaseException) -> str:
    """What is wrong with the relay, for a person; nothing of what it said about a mail."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The mail relay's certificate is not trusted: {cause.verify_message}."
        if isinstance(cause, SMTPResponseException) and cause.code == SERVICE_NOT_AVAILABLE:
            return f"The mail relay is not available for now ({cause.code})."
        if isinstance(cause, SMTPAuthenticationError):
            return f"The mail relay refuses our login ({cause.code})."
        if type(cause) is SMTPException and "not supported" in cause.message:
            wanted = "STARTTLS" if "STARTTLS extension" in cause.message else "login without TLS"
            return f"The mail relay offers no {wanted}."
    return f"The mail relay does not answer as it should ({type(error).__name__})."


def _raise_unavailable(error: SMTPResponseException) -> None:
    """The relay closes the connection: this is no answer about the mail."""
    if error.code == SERVICE_NOT_AVAILABLE:
        raise error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def _data(client: SMTP, content: bytes) -> Outcome:
    try:
        await client.data(content)
    except SMTPDataError as error:
        refused = refusal(None, error.code, error.message)
        if refused.temporary:
            raise NotNow(refused) from None
        return failed(refused)
    except (SMTPException, OSError, TimeoutError) as error:
        reason = f"The connection to the mail relay was lost while sending ({type(error).__name__})."
        return Outcome(DeliveryState.UNCONFIRMED, reason)
    return Outcome(DeliveryState.SENT)


def _all_refused(refused: list[Refusal]) -> Outcome:
    temporary = next((r for r in refused if r.temporary), None)
    if temporary is not None:
        raise NotNow(temporary)
    each = tuple(refused) if len(refused) > 1 else ()
    return replace(failed(refused[0]), hard=all(r.hard for r in refused), refused=each)
