"""Accept, work, emit: the delivery machinery every service shares. No business word in it."""
