"""Settings of the documentation site: `make docs` builds it, without a network."""

import os
import sys
from pathlib import Path

import nnlayers
from nnlayers.training import progress

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))
import gallery  # noqa: E402 - ours, in _ext

project = "nnlayers"
author = "The nnlayers developers"
copyright = author  # noqa: A001 - Sphinx wants this name
version = release = nnlayers.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",  # ours, in _ext
    "accessible",
    "family_directive",
    "notebooks",
    "search_words",
    "signatures",
    "uses",
]
exclude_patterns = ["_build"]

# Pages in Markdown

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3  # links such as training.md#optimizers

# Docstrings. The types in signatures are those of the sources: signatures.py, in _ext.

default_role = "py:obj"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 90  # longer ones have a line for each argument
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
nitpick_ignore = [("py:obj", "Parameter.decay")]  # described in the class's own docstring
nitpick_ignore_regex = [("py:class", r"\w+")]  # the types of Python and NumPy, which have no page here


# Pages in HTML. Mathematics is MathML, which browsers draw themselves.

html_theme = "furo"
html_title = f"nnlayers {release}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_search_scorer = str(DOCS / "_ext" / "scorer.js")
html_copy_source = False
# Code is copied without its prompts and its output; output has no button.
copybutton_selector = "div:not(.highlight-text):not(.highlight-none) > div.highlight > pre"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
html_show_sphinx = False
# The folder of the sites of several versions, with the page that lists them: versions.py, in _ext.
html_context = {"versions": os.environ.get("NNLAYERS_VERSIONS", "")}
html_sidebars = {
    "**": [
        *("sidebar/brand.html", "sidebar/versions.html", "sidebar/search.html"),
        *("sidebar/scroll-start.html", "sidebar/navigation.html", "sidebar/scroll-end.html"),
    ]
}

# The gallery runs copies of the examples, in a folder for the pictures that they save.

os.environ["TQDM_DISABLE"] = "1"  # no progress bars in the log of the build
progress.LINES_AT_ONCE = 3  # progress lines in the output of an example
PAGES = DOCS / "_build" / "gallery"
gallery.write_pages(PAGES)
sphinx_gallery_conf = {
    "examples_dirs": str(PAGES),
    "gallery_dirs": "gallery",
    "copyfile_regex": r"index\.rst",
    "filename_pattern": rf"\b({'|'.join(sorted({*gallery.SHOWN} - {*gallery.stored()}))})\.py$",
    "notebook_extensions": {},  # our own have more than one cell
    "image_scrapers": "gallery.scrape",
    "remove_config_comments": True,
    "reset_modules": ("matplotlib", "example_file.name"),
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,
    "abort_on_example_error": True,
}
