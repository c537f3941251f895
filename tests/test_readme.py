"""The README and the start page: the message and the figures that they show, and their links."""

import importlib.util
import json
import re
import runpy
import statistics
import sys
from types import SimpleNamespace

import pytest

from nnlayers.testing import LayerCheckError
from tests.test_docs import BLOCK, LINK, ROOT, comparable

README = (ROOT / "README.md").read_text(encoding="utf-8")
URL = "https://host.example/owner/nnlayers"


def test_it_shows_the_message_of_the_checker(tmp_path):
    right = BLOCK.search(README)[1]
    wrong = right.replace("return grad * self.gain.value", "return grad")
    path = tmp_path / "scale.py"  # the checker reads the source of the class
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(LayerCheckError) as error:
        runpy.run_path(path)
    shown = re.search(r"^```text\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]
    times = re.compile(r"\S+ times")
    assert times.sub("", comparable(str(error.value))) == times.sub("", comparable(shown))


def test_it_shows_that_the_right_layer_passes(capsys):
    right = BLOCK.search(README)[1]
    exec(right, {"__name__": "README"})
    assert right.endswith(f"  # {capsys.readouterr().out.splitlines()[0]} ...\n")


def cells(beginning):
    """The cells of the row of a table that begins with a text."""
    row = next(line for line in README.splitlines() if line.startswith(f"| {beginning}"))
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize(
    ("row", "contenders"),
    [
        ("nnlayers, with NumPy only", ["nnlayers, NumPy only"]),
        ("[PyTorch]", ["torch", "torch.compile"]),
        ("[JAX]", ["jax", "jax, not awaited"]),
        ("[Keras]", ["keras"]),
        ("[scikit-learn's MLP]", ["scikit-learn"]),
        ("[Thinc]", ["thinc"]),
    ],
)
def test_it_has_the_figures_of_the_speed_page(row, contenders):
    figures = json.loads((ROOT / "docs" / "speed" / "2-cores.json").read_text(encoding="utf-8"))
    expected = []
    for sizes in ([64, 32, 10], [784, 256, 128, 10], [784, 2048, 2048, 2048, 10]):
        (seconds,) = (
            step["seconds"]
            for step in figures["measures"]["step"]
            if (step["case"]["sizes"], step["case"]["dropout"], step["threads"]) == (sizes, 0, 2)
        )
        fastest = min(statistics.median(seconds[contender]) for contender in contenders)
        ratio = fastest / statistics.median(seconds["nnlayers"])
        expected.append(f"{ratio:.{0 if ratio >= 9.95 else 1}f}")
    assert cells(row)[2:] == expected


def test_the_start_page_has_the_figures_of_the_speed_pages():
    start = " ".join((ROOT / "docs" / "index.md").read_text(encoding="utf-8").split())
    figures = (ROOT / "docs" / "speed" / "2-cores.md").read_text(encoding="utf-8")
    epochs = figures[figures.index("first finished epoch") :]
    ours, torch = (
        re.search(rf"^\| {who} \| (.*) \|$", epochs, re.MULTILINE)[1]
        for who in ("nnlayers, NumPy only", "torch")
    )
    assert f"[{ours} s](speed/2-cores.md#imports-and-the-first-epoch)" in start
    assert f"with PyTorch, {torch} s" in start
    summary = re.findall(r"^\| .*batch \d+ \|(.*)\|$", figures.split("## ")[1], re.MULTILINE)
    ratios = [float(row.split("|")[i]) for row in summary for i in (2, 5)]
    assert f"[{min(ratios):.1f} to {max(ratios):.1f} times](speed.md)" in start


def test_it_has_the_figures_of_the_checker_page():
    page = (ROOT / "docs" / "checker.md").read_text(encoding="utf-8")

    def figures(kind):
        """What was planted, and found by `check_layer`, torch and JAX."""
        row = re.search(rf"^\| {kind} \|(.*)\|$", page, re.MULTILINE)[1].split("|")
        return [row[i].strip() for i in (0, 1, 2, 4)]

    (planted, *found), (values, *wrong) = figures("all"), figures("value")
    checkers = ["`check_layer`", "`torch.autograd.gradcheck`", "`jax.test_util.check_grads`"]
    rows = [cells(checker)[1:] for checker in checkers]
    assert rows[0] == [f"{found[0]} of {planted}", f"{wrong[0]} of {values}"]
    assert rows[1:] == [list(pair) for pair in zip(found[1:], wrong[1:], strict=True)]
    start = " ".join((ROOT / "docs" / "index.md").read_text(encoding="utf-8").split())
    assert f"[{found[0]} of {planted} planted bugs]" in start
    assert f"found {found[1]} and {found[2]}." in start


@pytest.fixture
def hook(monkeypatch):
    """The build hook's module; hatchling is where packages are built, and need not be here."""
    interface = "hatchling.metadata.plugin.interface"
    monkeypatch.setitem(sys.modules, interface, SimpleNamespace(MetadataHookInterface=object))
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def metadata(hook):
    """The fields that the hook sets for version 1.2.3."""
    made = hook.ReadmeHook()
    made.root = str(ROOT)
    fields = {"version": "1.2.3"}
    made.update(fields)
    return fields


def test_without_an_address_the_readme_is_as_it_is(hook, monkeypatch):
    monkeypatch.delenv("NNLAYERS_URL", raising=False)
    fields = metadata(hook)
    assert fields["readme"] == {"content-type": "text/markdown", "text": README}
    assert "urls" not in fields


def test_with_an_address_the_links_and_pictures_are_absolute(hook, monkeypatch):
    monkeypatch.setenv("NNLAYERS_URL", f"{URL}/")
    fields = metadata(hook)
    text = fields["readme"]["text"]
    assert LINK.search(README)
    assert not LINK.search(text)
    assert f"]({URL}/raw/v1.2.3/docs/images/digits.png)" in text
    assert f"]({URL}/blob/v1.2.3/docs/installation.md)" in text
    assert BLOCK.findall(text) == BLOCK.findall(README)
    assert fields["urls"]["Changelog"] == f"{URL}/blob/v1.2.3/CHANGELOG.md"


def test_the_readme_has_no_links_of_forms_that_the_hook_does_not_know():
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    definitions, titles = r"^ *\[[^\]]+\]: ", r"\]\([^)]*\s"
    shown_as_code, tags = r"`[^`\n]*\]\([^`\n]*`", r"<(a|img) "
    unknown = "|".join([definitions, titles, shown_as_code, tags])
    assert not re.search(unknown, prose, re.MULTILINE)


def test_only_relative_links_of_the_prose_change(hook):
    text = "[a](b.md#c), ![d](e.png), [f](https://g), [h](#i)\n```python\nx[0](y)\n```\n"
    changed = text.replace("(b.md", f"({URL}/blob/v1/b.md").replace("(e", f"({URL}/raw/v1/e")
    assert hook.absolute(text, URL, "1") == changed
