"""The browser app and its API: login, commands, reads and the live stream."""
