"""HTTP of the conversation service."""
