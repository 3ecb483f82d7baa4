"""The premade cast: who they are, how they look, and how they get into a studio."""
