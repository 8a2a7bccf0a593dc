"""What every Nitka process needs: settings, broker, dead letters, telemetry, health, internal tokens."""
