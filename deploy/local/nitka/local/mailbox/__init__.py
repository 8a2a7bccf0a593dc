"""The world outside, for a stack without one: the mail relay, and the page where customers read and answer."""
