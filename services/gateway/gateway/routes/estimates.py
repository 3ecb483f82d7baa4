"""What a film would take, before it is asked for."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from contracts.errors import ErrorCode
from fastapi import APIRouter, Query

from gateway import drafts
from gateway.domain.estimating import Offer, kept_lengths, offers, price_list, spoken_scenes
from gateway.openapi import problems
from gateway.parts import AppParts, Reader
from gateway.views.scripts import EstimateView, ProviderEstimate

router = APIRouter(prefix="/api/v1/scripts", tags=["scripts"])


@router.get(
    "/{script_id}/estimate",
    responses=problems(404, 409, 503, on_409=ErrorCode.NOT_READY),
    summary="Estimate a film",
)
async def estimate_film(
    script_id: UUID,
    user: Reader,
    parts: AppParts,
    *,
    max_scenes: Annotated[int | None, Query(ge=1, le=200)] = None,
    providers: Annotated[
        list[str],
        Query(max_length=8, description="all of them if none is named", examples=[["pika"]]),
    ] = [],  # noqa: B006 - the framework copies it
    budget_usd: Annotated[
        Decimal | None, Query(gt=0, le=10_000, description="what the film may cost")
    ] = None,
) -> EstimateView:
    """Scenes, seconds and money, from the lengths of the script's scenes as they are now."""
    async with parts.database.as_user(user) as conn:
        row = await drafts.read(conn, script_id)
    drafts.check_ready(row)
    script = await drafts.present(parts.store, row)
    lengths = kept_lengths(script, max_scenes) if script else []
    configured = parts.settings.prices
    wanted = [name for said in providers for name in said.split(",") if name]
    return EstimateView(
        script_id=script_id,
        version=row["version"],
        scenes=len(lengths),
        spoken_scenes=spoken_scenes(script, len(lengths)) if script else 0,
        seconds=round(sum(lengths), 3),
        providers=[
            _view(offer, budget_usd, configured=offer.provider in configured)
            for offer in offers(lengths, wanted, price_list(configured))
        ],
    )


def _view(offer: Offer, budget: Decimal | None, *, configured: bool) -> ProviderEstimate:
    per_second = offer.price.usd_per_second
    return ProviderEstimate(
        provider=offer.provider,
        usd=None if offer.usd is None else float(offer.usd),
        within_budget=None if budget is None or offer.usd is None else offer.usd <= budget,
        usd_per_second=None if per_second is None else float(per_second),
        billed_seconds=float(offer.billed_seconds),
        scenes_too_long=offer.too_long,
        price="configured" if configured else "list",
        source=offer.price.source,
    )
