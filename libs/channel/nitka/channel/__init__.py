"""The kit for a new channel: webhook spool and conformance tests."""
