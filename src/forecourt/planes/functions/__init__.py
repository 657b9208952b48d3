"""Functions: Python that runs in a process of its own for each event, or a URL that takes it."""
