"""The outside systems: how each is looked at, over one guarded way out."""
