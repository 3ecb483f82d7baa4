"""The outside systems of the transcriber: YouTube's captions and our own database."""
