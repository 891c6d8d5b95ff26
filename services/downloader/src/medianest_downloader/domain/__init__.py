"""The downloader's rules: pure functions and values."""
