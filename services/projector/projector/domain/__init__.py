"""How events become the state of a job. Pure; the order across topics does not matter."""
