"""Social channels by webhook: WhatsApp Cloud API."""
