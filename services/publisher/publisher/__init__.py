"""A film to the user's channel."""
