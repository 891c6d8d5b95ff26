"""Health, integrations, incidents."""
