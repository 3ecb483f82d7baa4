"""Every event to the read model."""
