"""The public names of a package or a module, from its ``__all__``, for the pages of the reference.

On a page, ``.. family:: nnlayers.layers`` expands to an entry for each of them, so a new layer is in
the reference without an edit there. Its options:

``:sections:``
    Names are grouped by the modules that define them, below the titles that these give themselves.
``:kind: function`` or ``:kind: class``
    Only those.
``:first:``
    Names, or modules of sections, that come first, in this order.
``:skip:``
    Names, or modules of sections, that have a page elsewhere.
``:hide:``
    Members of classes that are left out.

``.. summary::`` is a table of all that are on the page.
"""

import importlib
import inspect
import re
from itertools import groupby
from types import ModuleType
from typing import NamedTuple

import nnlayers
from nnlayers.core.answers.attributes import OtherWord

DIRECTIVE = re.compile(r"^\.\. family:: (\S+)\n((?:[ ]+:.*\n)*)", re.MULTILINE)
OPTION = re.compile(r"^ +:(\w+): *(.*)$", re.MULTILINE)


class Entry(NamedTuple):
    """A public name: the autodoc directive for it, the title of its section, its members."""

    name: str
    directive: str
    section: str
    members: tuple[str, ...]


def entries(path, *, sections=False, kind="", first=(), skip=(), hide=()):
    """The entries of a package or module, under the shortest public names."""
    module = find(path)
    found = []
    for name in module.__all__:
        thing = getattr(module, name)
        home = home_of(thing, name, module)
        places = {name, home.__name__.rpartition(".")[2]}
        wanted = not kind or inspect.isclass(thing) == (kind == "class")
        if not isinstance(thing, ModuleType) and wanted and not places & {*skip}:
            owner = "nnlayers" if getattr(nnlayers, name, None) is thing else path
            title = title_of(home) if sections else ""
            entry = Entry(f"{owner}.{name}", directive_of(thing), title, members_of(thing, hide))
            place = next((i for i, word in enumerate(first) if word in places), len(first))
            found.append((place, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def entries_of_page(text):
    """All entries of a page in Markdown."""
    for path, options in DIRECTIVE.findall(text):
        given = {name: read(name, value) for name, value in OPTION.findall(options)}
        yield from entries(path, **given)


def read(name, value):
    """An option's value."""
    if name == "sections":
        return True
    return value.strip() if name == "kind" else tuple((value or "").split())


def find(path):
    """A module by its public name: ``nnlayers.schedules`` is ``nnlayers.optimizers.schedules``."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        parent, _, name = path.rpartition(".")
        return getattr(importlib.import_module(parent), name)


def home_of(thing, name, module):
    """The module that defines a name; what cannot tell is looked up in the modules of the package."""
    if home := getattr(thing, "__module__", ""):
        return importlib.import_module(home)
    inner = [value for value in vars(module).values() if isinstance(value, ModuleType)]
    return next((candidate for candidate in inner if name in vars(candidate)), module)


def title_of(module):
    """The first words of a module's docstring, up to a colon or a full stop."""
    return re.split(r"[:.]", inspect.getdoc(module) or "")[0]


def directive_of(thing):
    """The directive of autodoc that documents it."""
    if inspect.isclass(thing):
        return "autoexception" if issubclass(thing, BaseException) else "autoclass"
    return "autofunction" if callable(thing) else "autodata"


def members_of(thing, hide=()):
    """The public methods and attributes of a class that are not those of a public base class.

    What its private base classes define is its own, too.
    """
    if not inspect.isclass(thing) or issubclass(thing, BaseException):
        return ()
    names, inherited = [], {*hide, *dir(object), *dir(tuple)}
    for base in thing.__mro__[1:]:
        if getattr(nnlayers, base.__name__, None) is base:
            inherited |= {name for name in dir(base) if not is_other_word(base, name)}
    for base in thing.__mro__:
        if base.__module__.split(".")[0] == "nnlayers":
            own = [name for name in vars(base) if name[0] != "_" and not is_other_word(base, name)]
            names += [name for name in own if name not in inherited]
    return tuple(dict.fromkeys(names))


def is_other_word(kind, name):
    """True for an attribute that is not there, but answers with ours."""
    return isinstance(inspect.getattr_static(kind, name), OtherWord)


def lines(found):
    """The lines of reStructuredText for some entries, in sections."""
    section = ""
    for entry in found:
        if entry.section != section:
            section = entry.section
            yield from (section, "-" * len(section), "")
        yield f".. {entry.directive}:: {entry.name}"
        if entry.members:
            yield f"   :members: {', '.join(entry.members)}"
            yield "   :exclude-members: __new__"
        yield ""


def summary(found):
    """The lines of a table of names, as links, and of what they are; one for each module."""
    for path, group in groupby(found, key=lambda entry: entry.name.rpartition(".")[0]):
        yield from (f".. currentmodule:: {path}", "")
        yield from (".. list-table::", "   :class: summary", "   :stub-columns: 1", "")
        for entry in group:
            thing = getattr(find(path), entry.name.rpartition(".")[2])
            line = inspect.getdoc(thing).partition("\n\n")[0].replace("\n", " ")
            shown = entry.name.removeprefix("nnlayers.")
            yield from (f"   * - :py:obj:`{shown} <{entry.name}>`", f"     - {line}")
        yield ""
