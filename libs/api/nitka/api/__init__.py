"""Request and response models of the HTTP APIs between the services and the gateway."""
