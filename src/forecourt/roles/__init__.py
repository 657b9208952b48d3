"""What a process of each role runs, between the planes and the store."""
