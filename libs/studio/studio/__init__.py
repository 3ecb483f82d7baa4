"""The studio command: the embedded stack, its supervisor, and a client with progress bars."""
