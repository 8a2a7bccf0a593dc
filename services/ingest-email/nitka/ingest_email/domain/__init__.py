"""Pure mail: bytes to a normalised message, and back. No I/O, no clock; nothing a mail contains makes it raise."""
