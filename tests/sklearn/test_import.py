"""nnlayers.sklearn without scikit-learn."""

import subprocess
import sys


def test_it_is_imported_when_it_is_used_and_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import nnlayers as nn\n"
        "nn.Trainer\n"
        "try: nn.sklearn\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "nnlayers.sklearn needs sklearn: pip install 'nnlayers[sklearn]'\n"
