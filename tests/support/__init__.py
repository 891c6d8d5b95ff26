"""What the tests of the whole suite share: a running suite, people who use it, and what they hear."""
