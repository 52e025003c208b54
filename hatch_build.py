"""Makes the description of the package from README.md, without relative links, which an index cannot show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE = r"\((?!https?://|#|mailto:)[^)]*\)"


def readme_of_package(text: str) -> str:
    """Return a README with relative links as plain text and without relative images."""
    without_images = re.sub(rf"!\[[^\]]*\]{_RELATIVE}\n*", "", text)
    return re.sub(rf"\[([^\]]*)\]{_RELATIVE}", r"\1", without_images)


class CustomMetadataHook(MetadataHookInterface):
    """Sets `readme`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the description of the package."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme_of_package(text)}
