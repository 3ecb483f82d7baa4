"""HTTP, sign-in, and progress streams."""
