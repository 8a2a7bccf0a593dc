"""HTTP of the gateway: session, mirrored routes, live stream, rating page, the browser app."""
