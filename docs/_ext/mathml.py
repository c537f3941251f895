"""Formulas as MathML, in the pages themselves: they need no script and no server."""

import html
import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

# The converter knows these environments by other names only.
SPELLED = {"{aligned}": "{align*}", "{split}": "{align*}"}
# How formulas are set: the bars of a norm as high as a letter, not as the line; the name of a function
# close to its parenthesis, and a little apart from anything else.
SETTING = {
    r"<mo>&#x02016;</mo>": r'<mo stretchy="false">&#x02016;</mo>',
    r'<mo>(\w+)</mo>(?=<mo stretchy="false">&#x00028;)': r"<mi>\1</mi>",
    r"(?<!<msup>)(?<!<msub>)(?<!<msubsup>)(<mi>\w{2,}</mi>)(?!<mo)": r'\1<mspace width="0.17em"/>',
    r"(</m(?:[in]|su[bp])>)(<mi>\w{2,}</mi>)": r'\1<mspace width="0.17em"/>\2',
}


def mathml(node, display):
    """The formula of a node as an HTML element; one that cannot be converted gives a warning."""
    latex = node.astext()
    for environment, known in SPELLED.items():
        latex = latex.replace(environment, known)
    try:
        element = convert(latex, display=display)
    except Exception as error:  # the converter raises several, without a common class
        element = f"{type(error).__name__} \\"
    if "\\" in element:  # it leaves commands that it does not know
        message = "this formula cannot be converted to MathML: %s"
        logging.getLogger(__name__).warning(message, latex, location=node)
        return f"<code>{html.escape(latex)}</code>"
    for pattern, replacement in SETTING.items():
        element = re.sub(pattern, replacement, element)
    return element


def visit_inline(writer, node):
    """Write a formula in a line of text."""
    writer.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def visit_block(writer, node):
    """Write a formula on a line of its own."""
    start = writer.starttag(node, "div", CLASS="math")
    writer.body.append(f"{start}{mathml(node, 'block')}</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
