"""Source to transcript."""
