"""The only public HTTP surface."""
