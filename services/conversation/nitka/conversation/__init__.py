"""The event-sourced conversation: threads, state, read model and commands."""
