"""Settings of the documentation site: `make docs` builds it, without a network."""

import os
import sys
from pathlib import Path

import nnlayers

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

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
    "search_words",
    "signatures",
    "uses",
]
# Not pages: what is built, and the text of the gallery's first page.
exclude_patterns = ["_build", "gallery-header.rst"]

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

# The gallery runs copies of the examples: each has the title that a page needs, and runs in a folder
# for the pictures that it saves.

os.environ["TQDM_DISABLE"] = "1"  # no progress bars in the log of the build
RUN = DOCS / "_build" / "examples"
TITLES = {
    "digits": "Handwritten digits",
    "custom_layer": "A layer with a parameter of its own",
    "gradient_check": "A planted bug, and the checker's message",
    "digits_batchnorm": "With BatchNorm and without it",
    "fashion_mnist": "Garments: Fashion-MNIST",
    "residual_network": "Garments again: a residual network",
    "spirals": "Three spirals, and how the decision boundary grows",
    "regression": "A regression: the strength of concrete",
    "own_csv": "A table of your own",
    "shared_weights": "Shared weights: one network in two places",
    "digits_in_c": "Digits in C: a network with a memory budget",
    "time_steps": "A recurrent cell, stepped through time",
    "characters": "Language models of characters: an LSTM and a transformer",
    "mixed_table": "A table of numbers and categories",
    "variational_autoencoder": "New digits: a variational autoencoder",
    "search_joblib": "A random search, on all cores",
    "search_dask": "A search whose workers may be killed",
}


def copy_examples():
    """Put titles above the examples' docstrings."""
    RUN.mkdir(parents=True, exist_ok=True)
    (RUN / "GALLERY_HEADER.rst").write_text((DOCS / "gallery-header.rst").read_text("utf-8"), "utf-8")
    for example in (DOCS.parent / "examples").glob("*.py"):
        title = TITLES.get(example.stem, example.stem)
        text = example.read_text("utf-8").removeprefix('"""')
        (RUN / example.name).write_text(f'"""\n{title}\n{"=" * len(title)}\n\n{text}', "utf-8")


copy_examples()
sphinx_gallery_conf = {
    "examples_dirs": str(RUN),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",  # all of them run
    "reset_modules": ("matplotlib", "example_file.name"),
    "within_subsection_order": "ExampleTitleSortKey",
    "download_all_examples": False,
    "default_thumb_file": str(DOCS / "images" / "digits.png"),  # where the data are not installed
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,
    "abort_on_example_error": True,
}
