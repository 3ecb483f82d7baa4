"""The scripter's steps: a transcript becomes a script, a script becomes a plan."""

from scripter.handlers.author import Author
from scripter.handlers.film import PlanScenes
from scripter.handlers.ports import Answers, SceneModel
from scripter.handlers.script import WriteScript

__all__ = ["Answers", "Author", "PlanScenes", "SceneModel", "WriteScript"]
