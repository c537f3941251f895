"""Write the page that lists the sites of several versions: ``python docs/_ext/versions.py FOLDER``.

Each site lies in the folder under the name of its version. A site that is built with
``NNLAYERS_VERSIONS=..`` in the environment has a link to this page on all of its own.
"""

import re
import sys
from pathlib import Path

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Versions of nnlayers</title>
<main>
<h1>Versions of nnlayers</h1>
<ul>
{items}
</ul>
</main>
</html>
"""


def page(folder):
    """The page as HTML, the latest version first."""
    names = [path.parent.name for path in Path(folder).glob("*/index.html")]
    names.sort(key=lambda name: [int(part) for part in re.findall(r"\d+", name)], reverse=True)
    items = [f'<li><a href="{name}/index.html">{name}</a></li>' for name in names]
    return PAGE.format(items="\n".join(items))


if __name__ == "__main__":
    (Path(sys.argv[1]) / "index.html").write_text(page(sys.argv[1]), "utf-8")
