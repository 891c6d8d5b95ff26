"""Downloads and their workers."""
