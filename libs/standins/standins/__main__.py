"""All stand-ins at once: ``python -m standins`` serves each on a free loopback port.

The first line on standard output is JSON: ``{"urls": {name: url}, "environment": {name: value}}``.
The environment is what points our services at them.
"""

import argparse
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Final

from starlette.applications import Starlette

from standins import (
    fal,
    openai_chat,
    openai_speech,
    openai_voice,
    replicate,
    runway,
    video,
    youtube,
)
from standins.server import serving


def _openai() -> Starlette:
    chat = openai_chat.create_app()
    speech = openai_speech.create_app()
    voice = openai_voice.create_app()
    return Starlette(routes=[*chat.routes, *speech.routes, *voice.routes])


APPS: Final[Mapping[str, Any]] = {
    "youtube": youtube.create_app,
    "openai": _openai,
    "replicate": lambda: replicate.ReplicateStandin().app,
    "runway": lambda: runway.RunwayStandin().app,
    "fal": lambda: fal.FalStandin().app,
    "video": lambda: video.VideoStandin().app,
}


def environment(urls: Mapping[str, str]) -> dict[str, str]:
    """The variables that send our services' calls to the stand-ins; ``urls`` are by name."""
    return {
        "TRANSCRIBER_YOUTUBE_TRANSCRIPT_BASE": urls["youtube"],
        "TRANSCRIBER_SPEECH_URL": f"{urls['openai']}/v1",
        "TRANSCRIBER_SPEECH_KEY": openai_speech.KEY,
        "SCRIPTER_LLM_URL": f"{urls['openai']}/v1",
        "SCRIPTER_LLM_KEY": openai_chat.CHAT_KEY,
        "SCRIPTER_LLM_MODEL": "stand-in",
        "STITCHER_SPEECH_URL": f"{urls['openai']}/v1",
        "STITCHER_SPEECH_KEY": openai_voice.KEY,
        "AI_REPLICATE_API_TOKEN": replicate.KEY,
        "REPLICATE_BASE_URL": urls["replicate"],
        "RUNWAY_API_KEY": runway.KEY,
        "RUNWAY_BASE_URL": urls["runway"],
        "AI_PIKA_API_TOKEN": fal.KEY,
        "FAL_QUEUE_URL": urls["fal"],
        "FAL_API_URL": f"{urls['fal']}/v1",
        "FAL_JWKS_URL": f"{urls['fal']}/.well-known/jwks.json",
        "GENERATOR_HTTP_VIDEO_URL": urls["video"],
        "GENERATOR_HTTP_VIDEO_KEY": video.KEY,
    }


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    argparse.ArgumentParser(prog="standins", description=__doc__).parse_args()
    ended = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ended)
    with ExitStack() as stack:
        urls = {name: stack.enter_context(serving(make())) for name, make in APPS.items()}
        sys.stdout.write(json.dumps({"urls": urls, "environment": environment(urls)}) + "\n")
        sys.stdout.flush()
        signal.sigwait(ended)


if __name__ == "__main__":
    main()
