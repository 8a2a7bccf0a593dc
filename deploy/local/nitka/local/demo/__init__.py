"""A believable day of a shop, played through the front doors: SMTP, the shop's HTTP, the agents' API."""
