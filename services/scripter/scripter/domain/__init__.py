"""How a transcript becomes a script, and a script a plan of scenes: pure rules, no I/O."""

from scripter.domain.drafts import plan_drafts, with_drafts
from scripter.domain.plans import plan_film, plan_shots
from scripter.domain.scripts import write_script
from scripter.domain.shots import Brief, Shot, brief_for, shots_by_rule

__all__ = [
    "Brief",
    "Shot",
    "brief_for",
    "plan_drafts",
    "plan_film",
    "plan_shots",
    "shots_by_rule",
    "with_drafts",
    "write_script",
]
