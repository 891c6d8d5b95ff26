"""What services say to each other: messages, streams, buckets, permissions. Plain data, no I/O."""
