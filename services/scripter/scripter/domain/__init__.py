"""How a transcript becomes a script, and a script a plan of scenes: pure rules, no I/O."""

from scripter.domain.plans import plan_film
from scripter.domain.scripts import write_script

__all__ = ["plan_film", "write_script"]
