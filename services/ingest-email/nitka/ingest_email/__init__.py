"""E-mail in (SMTP, IMAP) and out (SMTP relay)."""
