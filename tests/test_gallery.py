"""The gallery: every example has its place and a thumbnail that can be read."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.test_site import extension

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLES = sorted(path.stem for path in (DOCS.parent / "examples").glob("*.py"))


gallery = extension("gallery")


def test_every_example_is_in_one_group(gallery):
    assert sorted(name for group in gallery.GROUPS.values() for name in group) == EXAMPLES


def test_the_first_page_leads_to_every_example(gallery):
    page = gallery.index()
    for name, example in gallery.SHOWN.items():
        assert page.count(f":link: /gallery/{name}\n") == 1
        assert example.line in page
        assert example.alt
    assert [title for title in gallery.GROUPS if f"\n{title}\n---" in page] == [*gallery.GROUPS]


def test_the_pages_are_python_with_a_title(gallery, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "DOCS", tmp_path)
    monkeypatch.setattr(gallery, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(gallery.notebooks, "DOCS", tmp_path)
    monkeypatch.setattr(gallery.notebooks, "FOLDER", tmp_path / "notebooks")
    gallery.write_pages(tmp_path / "pages")
    for name in EXAMPLES:
        text = (tmp_path / "pages" / f"{name}.py").read_text(encoding="utf-8")
        assert text.startswith(f'"""\n{gallery.SHOWN[name].title}\n===')
        assert f"# sphinx_gallery_thumbnail_path = 'pages/{name}_thumbnail.png'\n" in text
        assert (":download:" in text) == (name in gallery.notebooks.EXAMPLES)
        compile(text, name, "exec")


@pytest.mark.parametrize("name", sorted(path.stem for path in (DOCS / "runs").glob("*.txt")))
def test_a_stored_run_says_so_and_has_its_pictures(gallery, name):
    page = gallery.page_of_run(name)
    assert re.search(
        r"A stored run of 20\d\d-\d\d-\d\d: it took [\d,]+ s of processor time \(.* cores\)", page
    )
    assert f".. image:: /runs/{name}.png\n" in page
    for picture in (f"{name}.png", f"{name}_thumbnail.png"):
        assert (DOCS / "runs" / picture).read_bytes().startswith(b"\x89PNG")


def test_a_thumbnail_is_one_panel_without_words(gallery, tmp_path):
    figure, (_, ax) = plt.subplots(1, 2, layout="constrained")
    figure.suptitle("Title")
    ax.plot([0, 1], [0, 1], "o-", label="line")
    ax.set(title="Panel", xlabel="x")
    ax.annotate("words", (0, 0))
    ax.legend()
    gallery.draw_thumbnail(figure, 1, tmp_path / "thumbnail.png")
    assert plt.imread(tmp_path / "thumbnail.png").shape[:2] == (280, 400)
    assert figure.axes == [ax]
    assert not [text for text in figure.findobj(plt.Text) if text.get_text() and text.get_visible()]


def test_a_run_is_stored_with_its_day_and_machine(gallery, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "RUNS", tmp_path)
    monkeypatch.setattr(gallery, "EXAMPLES", tmp_path)
    (tmp_path / "spirals.py").write_text(
        "import matplotlib.pyplot as plt\n\n\n"
        "def main(path, progress):\n"
        "    figure, axes = plt.subplots(1, 5)\n"
        "    figure.savefig(path)\n"
        "    print(f'Drew {path}', 'Accuracy: 90 %', sep='\\n')\n"
        "    return 0.9\n"
    )
    gallery.store_run("spirals")
    first, printed = (tmp_path / "spirals.txt").read_text(encoding="utf-8").split("\n\n")
    assert first.startswith("A stored run of 20")
    assert printed == "Drew spirals.png\nAccuracy: 90 %\n"
    assert (tmp_path / "spirals_thumbnail.png").exists()
    (tmp_path / "spirals.py").write_text("def main(path, progress):\n    print('no data')\n")
    with pytest.raises(SystemExit, match="no data"):
        gallery.store_run("spirals")
