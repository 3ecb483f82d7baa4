"""Whatever goes wrong, the answer is a problem that names a code and a next step."""

import asyncpg
import httpx
import pytest
from contracts.errors import GUIDANCE, ErrorCode, FilmError, Rejected, Transient
from fastapi import FastAPI
from gateway import problems
from gateway.problems import JobFailed, Problem


async def answer(error: Exception) -> httpx.Response:
    app = FastAPI()

    async def fail() -> None:
        raise error

    app.add_api_route("/it", fail)
    problems.install(app)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.get("/it")


CASES: list[tuple[Exception, int, ErrorCode]] = [
    (Rejected(ErrorCode.NOT_FOUND), 404, ErrorCode.NOT_FOUND),
    (Rejected(ErrorCode.UNAUTHENTICATED), 401, ErrorCode.UNAUTHENTICATED),
    (Rejected(ErrorCode.NOT_READY), 409, ErrorCode.NOT_READY),
    (Rejected(ErrorCode.INVALID_SOURCE), 422, ErrorCode.INVALID_SOURCE),
    (Transient(ErrorCode.STORAGE_FAILED), 503, ErrorCode.STORAGE_FAILED),
    (Transient(ErrorCode.RATE_LIMITED, retry_after=7), 429, ErrorCode.RATE_LIMITED),
    (JobFailed(ErrorCode.SCENE_TIMEOUT), 409, ErrorCode.SCENE_TIMEOUT),
    (asyncpg.CannotConnectNowError("starting up"), 503, ErrorCode.INTERNAL),
    (ConnectionRefusedError("secret host"), 503, ErrorCode.INTERNAL),
    (ZeroDivisionError("secret detail"), 500, ErrorCode.INTERNAL),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda v: repr(v)[:30])
async def test_an_error_becomes_a_problem(error: Exception, status: int, code: ErrorCode) -> None:
    reply = await answer(error)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(reply.json())
    assert (problem.status, problem.code, problem.instance) == (status, code, "/it")
    assert problem.next_step == GUIDANCE[code].next_step
    assert "secret" not in reply.text
    assert ("retry-after" in reply.headers) == (status in {429, 503})
    assert ("www-authenticate" in reply.headers) == (status == 401)


@pytest.mark.parametrize("code", ErrorCode)
async def test_every_code_has_an_answer(code: ErrorCode) -> None:
    reply = await answer(Rejected(code, detail="for support only"))
    assert 400 <= reply.status_code <= 503
    assert Problem.model_validate(reply.json()).code is code
    assert "for support only" not in reply.text


async def test_our_own_message_is_shown() -> None:
    reply = await answer(FilmError(ErrorCode.CONFLICT, "The job has already ended."))
    assert reply.json()["detail"] == "The job has already ended."
    assert (await answer(Transient(ErrorCode.RATE_LIMITED, retry_after=7))).headers[
        "retry-after"
    ] == "7"
