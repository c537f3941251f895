"""Absolute links of the README, and the project's URLs, from ``NNLAYERS_URL``.

A package index shows the README without the repository around it. If the environment variable
``NNLAYERS_URL`` is the repository's address, such as ``https://host/owner/nnlayers``, the relative
links and pictures of the README become absolute, at the tag of the version. Otherwise the README stays
as it is.
"""

import os
import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"(!?)(\[[^\]]*\]\()(?!https?://|#)([^)\s]+)\)")


def absolute(text, url, version):
    """Give the relative links and pictures of a Markdown text the address of a version's files."""

    def address(link):
        picture, name, path = link.groups()
        return f"{picture}{name}{url}/{'raw' if picture else 'blob'}/v{version}/{path})"

    blocks = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)  # every second is code
    return "".join(block if i % 2 else RELATIVE.sub(address, block) for i, block in enumerate(blocks))


class ReadmeHook(MetadataHookInterface):
    """Set the README and, if the repository's address is known, the project's links."""

    def update(self, metadata):
        """Fill in the fields that ``pyproject.toml`` lists as dynamic."""
        text = Path(self.root, "README.md").read_text("utf-8")
        if url := os.environ.get("NNLAYERS_URL", "").strip().rstrip("/"):
            text = absolute(text, url, metadata["version"])
            metadata["urls"] = {
                "Source": url,
                "Changelog": f"{url}/blob/v{metadata['version']}/CHANGELOG.md",
                "Issues": f"{url}/issues",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
