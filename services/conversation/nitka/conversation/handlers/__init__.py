"""What the service does with what it is told: load, decide, store, in one transaction."""
