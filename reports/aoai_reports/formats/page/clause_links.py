"""The URLs of clauses in the publications of their documents."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from markupsafe import Markup, escape

from aoai_reports.formats.legible import visible_line

_SAFE = "https://"
#: The most tokens in the pointer of a part with its own publication, such as `#/paths/~1files/get`.
_DEEPEST_PART = 3


def safe_links(links: Mapping[str, str]) -> dict[str, str]:
    """The links of documents that a page may have: https only, whatever a record says."""
    return {visible_line(name): url for name, url in links.items() if url.startswith(_SAFE)}


def clause_url(clause: str, links: Mapping[str, str]) -> str:
    """The URL of a clause, with its place as the fragment; empty if the document has no link.

    A part of the document that comes from another publication has its own link.
    """
    address = clause.partition(" ")[0]
    if address.startswith(_SAFE):
        return address
    document, _, pointer = address.partition("#")
    tokens = pointer.split("/", _DEEPEST_PART + 1)
    parts = (f"{document}#{'/'.join(tokens[: depth + 1])}" for depth in range(_DEEPEST_PART, 0, -1))
    url = next((links[each] for each in (*parts, document) if each in links), "")
    return f"{url}#{quote(pointer)}" if url and pointer else url


def clause_link(clause: str, links: Mapping[str, str]) -> Markup:
    """Return the markup of a clause, which links to its publication if there is one."""
    url = clause_url(clause, links)
    code = Markup(f"<code>{escape(clause)}</code>")  # noqa: S704 - escaped
    return Markup(f'<a href="{escape(url)}" rel="noreferrer">{code}</a>') if url else code  # noqa: S704
