"""The kit for a new channel: bounded and signed webhooks, durable acceptance, the spool."""
