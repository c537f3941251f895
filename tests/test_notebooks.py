"""The notebooks: generated from the tutorial and from examples, they run and show their results."""

from pathlib import Path

import pytest

from tests.test_examples import SMALL
from tests.test_site import extension

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(page.stem for page in DOCS.glob("tutorial*.md"))


notebooks = extension("notebooks")


def sources(notebook, kind):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_a_page_becomes_cells_of_text_and_code(notebooks):
    made = notebooks.from_page(
        "# Title\n\nSee [there](there.md#here) and [outside](https://example.org).\n\n"
        "```python\nprint(1)\nfig.savefig('images/a.png')\n```\n\n```text\n1\n```\n\n"
        "![A picture](images/a.png)\n\nMore:\n\n```text\na table\n```\n\n"
        "```python\nchart = draw()\nchart.save('images/b.png')\n```\n"
    )
    assert sources(made, "code") == ["print(1)\nplt.show()", "chart = draw()\nchart"]
    assert sources(made, "markdown") == [
        "# Title\n\nSee there and [outside](https://example.org).",
        "More:\n\n```text\na table\n```",
    ]


def test_an_example_becomes_a_cell_for_each_of_its_parts(notebooks):
    made = notebooks.from_example(
        '"""What it does."""\n\nimport math\n\nONE = 1\n\n\n@cached\ndef f():\n    pass\n\n\n'
        '# A remark.\ndef main():\n    pass\n\n\nif __name__ == "__main__":\n    main()\n'
    )
    assert sources(made, "markdown") == ["What it does."]
    assert sources(made, "code") == [
        "import math\n\nONE = 1",
        "@cached\ndef f():\n    pass",
        "# A remark.\ndef main():\n    pass",
        "main();",
    ]


@pytest.mark.parametrize("name", [*PAGES, "custom_layer", "digits", "gradient_check", "spirals"])
def test_the_notebook_runs_and_shows_pictures(notebooks, name, tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    made = notebooks.notebooks()[name]
    if name in SMALL:
        made["cells"][-1]["source"] = f"main(**{SMALL[name]});"
    notebook = nbformat.from_dict(made)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", ()) for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs)
