"""The database of the projector: the read model, what is kept of the past, and for how long."""
