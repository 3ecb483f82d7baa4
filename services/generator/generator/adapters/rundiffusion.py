"""The provider ``rundiffusion``: there is no published API, so it needs a contract we know.

Without one it is not configured, and whoever asks for it is told so. An operator who has a server
that speaks the generic video API names the contract ``generic-video-1`` beside address and token.
"""

from collections.abc import Callable, Mapping
from typing import Final

import httpx
import structlog

from generator.adapters import http_video
from generator.adapters.wire import Account

NAME: Final = "rundiffusion"
CONTRACTS: Final[Mapping[str, Callable[[httpx.AsyncClient, Account], http_video.HttpVideo]]] = {
    "generic-video-1": http_video.provider
}

log = structlog.get_logger()


def provider(client: httpx.AsyncClient, account: Account) -> http_video.HttpVideo | None:
    """What speaks the account's contract; ``None`` if that is not known."""
    make = CONTRACTS.get(account.model)
    if make is None:
        log.warning("provider.no_contract", provider=NAME, known=sorted(CONTRACTS))
        return None
    return make(client, account)
