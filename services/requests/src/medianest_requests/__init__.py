"""Media requests, search, library."""
