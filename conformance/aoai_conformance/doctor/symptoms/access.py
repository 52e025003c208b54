"""Symptoms of a target that denies access, as the service and gateways word it."""

from __future__ import annotations

from aoai_conformance.doctor.symptoms.symptom import Symptom, has_status, says

_LACKS_TOKEN = says(r"access token is missing|audience is incorrect|token.{0,20}expired", 401)
#: The first row that matches counts.
ACCESS: tuple[Symptom, ...] = (
    Symptom(
        "key-disabled",
        says(r"AuthenticationTypeDisabled|key.based authentication is disabled"),
        "The resource does not accept keys.",
        "Use --auth entra with an identity that has the role Cognitive Services OpenAI User.",
    ),
    Symptom(
        "private-endpoint",
        says(r"public (network )?access is disabled|private endpoint", 403),
        "The resource accepts requests only through its private endpoint.",
        "Run inside its virtual network, where the name of the resource must resolve to the private address.",
    ),
    Symptom(
        "firewall",
        says(r"virtual network/firewall rules|firewall", 403),
        "The firewall of the resource does not allow the address of this machine.",
        "Add the address or the network to the resource's networking rules, or run from an allowed network.",
    ),
    Symptom(
        "network-endpoint",
        says(r"a virtual network is configured for this resource", 403),
        "The resource has a virtual network and cannot be used under a regional address.",
        "Use the resource's own address, https://NAME.openai.azure.com.",
    ),
    Symptom(
        "role",
        says(
            r"required data action|PermissionDenied|does not have access|not authorized",
            401,
            403,
        ),
        "The identity has no permission for this operation.",
        "Assign the role Cognitive Services OpenAI User on the resource; it can take five minutes to apply.",
    ),
    Symptom(
        "tenant",
        says(r"tenant .{0,80}does not match", 400, 401, 403),
        "The token is from another tenant than the resource.",
        "Sign in to the tenant of the resource, for example with AZURE_TENANT_ID.",
    ),
    Symptom(
        "subscription-key-missing",
        says(r"missing subscription key", 401),
        "API Management in front of the service requires a subscription key and received none.",
        "Send it with --header 'Ocp-Apim-Subscription-Key=${{VARIABLE}}', or name the header of the key with "
        "--api-key-header.",
    ),
    Symptom(
        "wrong-key",
        says(r"invalid subscription key or wrong api endpoint", 401),
        "The {key} is wrong, or belongs to another resource or region; the service does not say which.",
        "Copy a key of this resource again (Azure portal: Keys and Endpoint), and check the name in the URL.",
    ),
    Symptom(
        "subscription-key",
        says(r"invalid subscription key", 401),
        "API Management in front of the service does not know the subscription key.",
        "Copy the key of an active subscription for this API.",
    ),
    Symptom(
        "no-token",
        lambda evidence: evidence.setting.auth == "entra" and _LACKS_TOKEN(evidence),
        "The token is not accepted: it has expired, or it is for another audience.",
        "Request it for https://cognitiveservices.azure.com/.default, and check the clock of this machine.",
    ),
    Symptom(
        "key-not-received",
        _LACKS_TOKEN,
        "The service received no key: something on the way removes it, or the service requires a token.",
        "Check the rules of the gateway, or use --auth entra.",
    ),
    Symptom(
        "login-page",
        lambda evidence: evidence.is_page and evidence.status in {200, 401, 403},
        "A page for browsers responds, not the API: a login, a portal or a blocking proxy.",
        "Check the URL, and give programs access there without the login of a browser.",
    ),
    Symptom(
        "rejected-key",
        has_status(401),
        "The {key} was rejected.",
        "Check that it is valid for this server, and that --auth and --target-layout send it as the server "
        "expects.",
    ),
    Symptom(
        "forbidden",
        has_status(403),
        "Access was denied.",
        "Check networking rules and roles of the resource; the quotation says what the server requires.",
    ),
)
