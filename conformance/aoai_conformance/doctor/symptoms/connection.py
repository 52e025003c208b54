"""Symptoms of a target that does not respond."""

from __future__ import annotations

from aoai_conformance.doctor.symptoms.symptom import Symptom, failure, has_no_response

_PROXY_REQUIRES_CREDENTIALS = failure(r"proxy .*\b407\b")
#: The first row that matches counts.
CONNECTION: tuple[Symptom, ...] = (
    Symptom(
        "proxy-authentication",
        lambda evidence: evidence.status == 407 or _PROXY_REQUIRES_CREDENTIALS(evidence),
        "The proxy {proxy} requires a user name and a password.",
        "Use --proxy 'http://NAME:${{PASSWORD}}@HOST:PORT', or add {host} to NO_PROXY.",
    ),
    Symptom(
        "proxy-refused",
        failure(r"the proxy .* refused the connection"),
        "The proxy {proxy} refuses to connect to {host}.",
        "Ask for {host} to be allowed there, or add it to NO_PROXY if it is reachable directly.",
    ),
    Symptom(
        "proxy-unreachable",
        failure(r"cannot connect to the proxy"),
        "The proxy {proxy} cannot be reached.",
        "Check the address of the proxy (--proxy or HTTPS_PROXY), or add {host} to NO_PROXY.",
    ),
    Symptom(
        "dns",
        failure(r"name or service|nodename nor servname|getaddrinfo|name resolution|no address"),
        "The name {host} cannot be resolved (DNS).",
        "Check the spelling of the URL. The name of a private endpoint resolves only inside its network, "
        "where the private DNS zone must be linked.",
    ),
    Symptom(
        "tls-name",
        failure(r"hostname mismatch|ip address mismatch|doesn't match|not valid for"),
        "The TLS certificate is for another name than {host}.",
        "Use the name of the certificate in the URL; a gateway must have a certificate for its own name.",
    ),
    Symptom(
        "tls-expired",
        failure(r"certificate has expired|certificate is not yet valid"),
        "The TLS certificate of {host} has expired or is not yet valid.",
        "Renew the certificate of the server, and check the clock of this machine.",
    ),
    Symptom(
        "tls-client-certificate",
        failure(r"the client certificate|broke off the tls handshake"),
        "{host} ended the TLS handshake: it rejects the client certificate, or requires one.",
        "Name the certificate that the operator of the server gave you with --cert FILE.",
    ),
    Symptom(
        "tls-untrusted",
        failure(r"the certificate of .* is not trusted"),
        "The TLS certificate of {host} is not trusted: it is self-signed, or from a private authority or an "
        "inspecting proxy.",
        "Name the certificate of the authority with --ca FILE.",
    ),
    Symptom(
        "tls-plain",
        failure(r"does not use tls"),
        "{host} does not speak TLS at this port.",
        "Use http:// instead of https://, or the port for TLS.",
    ),
    Symptom(
        "tls",
        failure(r"\bssl\b|\btls\b"),
        "The TLS connection to {host} failed.",
        "Check the port, and which versions of TLS the server and a proxy on the way accept.",
    ),
    Symptom(
        "refused",
        failure(r"connection refused|all connection attempts failed|no response from"),
        "Nothing listens at {root}.",
        "Check the host and the port of the URL, and that the server is running.",
    ),
    Symptom(
        "connect-timeout",
        failure(r"timed out|network is unreachable|no route to host"),
        "{host} cannot be reached: a firewall may drop the packets.",
        "Run from a network that the resource allows, or through the proxy that leads there (--proxy).",
    ),
    Symptom(
        "closed",
        failure(r"disconnected|closed|reset|without sending|\A(read|write)error"),
        "{host} closed the connection without a response.",
        "Check that the port is one for HTTP. A server that requires a client certificate (--cert) closes "
        "connections, too.",
    ),
    Symptom(
        "timeout",
        failure(r"no complete response|did not end"),
        "{host} accepted the connection and did not respond in time.",
        "Check the load of the server, or raise --timeout.",
    ),
    Symptom(
        "no-response",
        lambda evidence: has_no_response(evidence) and evidence.is_sent,
        "There was no usable response from {host}.",
        "Check that the URL is that of an HTTP server; the quotation says what was received.",
    ),
    Symptom(
        "unsent",
        has_no_response,
        "A request could not be sent.",
        "The quotation says why.",
    ),
)
