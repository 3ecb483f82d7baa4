"""What the projector does: fold batches as they arrive, and fold the past again when asked."""
