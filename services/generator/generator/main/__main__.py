"""The generator's process."""

from runtime.service import run

from generator.main import build
from generator.settings import Settings

run(build(Settings()))
