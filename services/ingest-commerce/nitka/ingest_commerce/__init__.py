"""Orders, visits and other shop activity over HTTP."""
