"""The outside systems the embedded stack brings along: bus, database, sign-in."""
