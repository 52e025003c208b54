"""What each request carries: the headers of the user, the key in its header, a token that is renewed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.client import Client
from aoai_conformance.exchange import Exchange
from aoai_conformance.recording.curl import curl_line
from aoai_conformance.recording.recorded import planned_request
from aoai_conformance.target.authentication import Authentication, KeyAuthentication, NoAuthentication
from aoai_conformance.target.entra import Token, TokenAuthentication
from aoai_conformance.target.request_headers import added_headers
from aoai_conformance.target.targets import Target
from aoai_model.case import Case, Credentials, JsonBody, PlannedRequest
from aoai_model.exchange import header

KEY = "s3cret-key/with+signs"
SUBSCRIPTION = "subscription-of-the-gateway"
DOCUMENT = "azure-openai@2024-10-21"
CREDENTIALS: tuple[Credentials, ...] = (
    *("configured", "none", "wrong-key", "wrong-bearer", "malformed-bearer", "key-in-wrong-header"),
)


def case_with(credentials: Credentials = "configured", **headers: str) -> Case:
    request = PlannedRequest(
        "POST", "/chat", headers=headers, body=JsonBody({"messages": []}), credentials=credentials
    )
    return Case("c1", DOCUMENT, "ChatCompletions_Create", "chat", request, "accept", (), "base")


async def send(
    url: str, case: Case, authentication: Authentication, *headers: str, budget: int | None = None
) -> Exchange:
    added = added_headers(headers, None, {"APIM": SUBSCRIPTION, "LOGIN": "login-of-the-gateway"})
    target = Target("url", url, url, {"chat": "gpt"}, authentication, headers=added)
    async with Client(target, {DOCUMENT: "/openai"}, budget=Budget(budget)) as client:
        return await client.send(case)


@pytest.mark.parametrize("credentials", CREDENTIALS)
async def test_a_subscription_key_goes_with_every_request(serve, reply, credentials: Credentials) -> None:
    server = serve(lambda received: [reply(401, {"echo": dict(received.headers)})])
    headers = ("Ocp-Apim-Subscription-Key=${APIM}", "x-portkey-provider=openai")
    exchange = await send(server.url, case_with(credentials), KeyAuthentication(KEY), *headers)
    (received,) = server.received
    assert received.headers["ocp-apim-subscription-key"] == SUBSCRIPTION
    assert received.headers["x-portkey-provider"] == "openai"
    assert (received.headers.get("api-key") == KEY) == (credentials == "configured")
    assert header(exchange.request.headers, "ocp-apim-subscription-key") == "${APIM}"
    assert header(exchange.request.headers, "x-portkey-provider") == "openai"
    assert SUBSCRIPTION not in repr(exchange)
    assert planned_request(exchange.request).credentials == credentials


@pytest.mark.parametrize("credentials", ["wrong-bearer", "malformed-bearer"])
async def test_a_case_about_a_header_replaces_that_of_the_user(serve, reply, credentials) -> None:
    server = serve(lambda _: [reply(401)])
    given = "Authorization=Basic ${LOGIN}"
    await send(server.url, case_with(credentials), KeyAuthentication(KEY), given)
    exchange = await send(server.url, case_with(), KeyAuthentication(KEY), given)
    first, second = server.received
    assert first.headers["authorization"].startswith("Bearer")
    assert second.headers["authorization"] == "Basic login-of-the-gateway"
    assert header(exchange.request.headers, "authorization") == "Basic ${LOGIN}"
    assert planned_request(exchange.request).credentials == "configured"


async def test_a_planned_header_is_recorded_as_sent_although_the_user_adds_one(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    case = case_with(**{"X-Mode": "of-the-case"})
    exchange = await send(server.url, case, KeyAuthentication(KEY), "x-mode=of-the-user")
    assert server.received[0].headers["x-mode"] == "of-the-case"
    assert header(exchange.request.headers, "x-mode") == "of-the-case"


@pytest.mark.parametrize(
    ("credentials", "name", "value"),
    [
        ("configured", "x-gateway-key", KEY),
        ("wrong-key", "x-gateway-key", "wrong-key-for-conformance-test"),
        ("key-in-wrong-header", "x-api-key", KEY),
    ],
)
async def test_the_key_goes_in_the_header_that_the_user_names(
    serve, reply, credentials: Credentials, name: str, value: str
) -> None:
    server = serve(lambda _: [reply()])
    exchange = await send(server.url, case_with(credentials), KeyAuthentication(KEY, header="X-Gateway-Key"))
    headers = server.received[0].headers
    names = {"api-key", "authorization", "x-api-key", "x-gateway-key"}
    assert {each: headers[each] for each in names & set(headers)} == {name: value}
    assert KEY not in repr(exchange)
    planned = planned_request(exchange.request)
    assert planned.credentials == credentials
    assert not {each.lower() for each in planned.headers} & names
    assert ("$AZURE_OPENAI_API_KEY" in curl_line(exchange.request)) == (value == KEY)


async def test_the_wrong_header_is_never_the_right_one(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    authentication = KeyAuthentication(KEY, header="x-api-key")
    exchange = await send(server.url, case_with("key-in-wrong-header"), authentication)
    assert server.received[0].headers["x-wrong-api-key"] == KEY
    assert "x-api-key" not in server.received[0].headers
    assert planned_request(exchange.request).credentials == "key-in-wrong-header"


async def test_a_key_may_be_sent_as_a_bearer_token(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    exchange = await send(server.url, case_with(), KeyAuthentication(KEY, as_bearer=True))
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert '"Authorization: Bearer $AZURE_OPENAI_API_KEY"' in curl_line(exchange.request)


async def test_without_authentication_no_credential_is_sent(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    await send(server.url, case_with(), NoAuthentication())
    assert not {"api-key", "authorization"} & set(server.received[0].headers)


async def test_curl_shows_a_variable_that_the_shell_does_not_replace(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    exchange = await send(server.url, case_with(), KeyAuthentication(KEY), "x-key=${APIM}")
    assert "'x-key: ${APIM}'" in curl_line(exchange.request)


def tokens(*texts: str) -> TokenAuthentication:
    waiting = iter(texts)
    return TokenAuthentication(lambda: Token(next(waiting), time.time() + 3600))


async def test_a_rejected_token_is_renewed_and_the_request_sent_once_more(serve, reply) -> None:
    server = serve(
        lambda received: [
            reply(401 if "first" in received.headers["authorization"] else 200, dict(received.headers))
        ]
    )
    exchange = await send(server.url, case_with(), tokens("the-first-token", "the-second-token"))
    assert [each.headers["authorization"] for each in server.received] == [
        "Bearer the-first-token",
        "Bearer the-second-token",
    ]
    assert exchange.response is not None
    assert (exchange.response.status, exchange.attempts) == (200, 2)
    assert "-token" not in repr(exchange)


async def test_a_token_that_the_source_cannot_renew_is_not_sent_again(serve, reply) -> None:
    server = serve(lambda _: [reply(401)])
    exchange = await send(server.url, case_with(), tokens("the-only-token", "the-only-token"))
    assert exchange.attempts == len(server.received) == 1


@pytest.mark.parametrize("credentials", ["none", "wrong-bearer", "malformed-bearer"])
async def test_a_401_that_a_case_expects_renews_nothing(serve, reply, credentials: Credentials) -> None:
    server = serve(lambda _: [reply(401)])
    authentication = tokens("the-first-token")
    await authentication.secret()
    exchange = await send(server.url, case_with(credentials), authentication)
    assert exchange.attempts == len(server.received) == 1


async def test_a_renewal_keeps_to_the_budget(serve, reply) -> None:
    server = serve(lambda _: [reply(401)])
    authentication = tokens("the-first-token", "the-second-token")
    exchange = await send(server.url, case_with(), authentication, budget=1)
    assert len(server.received) == 1
    assert exchange.response is not None
    assert exchange.response.status == 401


async def test_a_header_that_the_user_repeats_for_a_replay_is_recorded_alike(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    exchange = await send(server.url, case_with(), KeyAuthentication(KEY), "x-team=search")
    again = replace(case_with(), request=replace(planned_request(exchange.request), path="/chat"))
    repeated = await send(server.url, again, KeyAuthentication(KEY), "x-team=search")
    assert repeated.request.headers == exchange.request.headers
