"""The use cases of the downloader; each method is one transaction and commits once."""
