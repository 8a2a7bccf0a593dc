"""Serve next: gives every waiting conversation to exactly one agent."""
