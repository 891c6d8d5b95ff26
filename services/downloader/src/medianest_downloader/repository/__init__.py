"""Every SQL statement of this service. Who locks both locks the download first, then its follow, then its items."""
