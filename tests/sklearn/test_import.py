"""nnlayers.sklearn without scikit-learn."""

import subprocess
import sys


def test_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import nnlayers as nn\n"
        "try: import nnlayers.sklearn\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "nnlayers.sklearn needs sklearn: pip install 'nnlayers[sklearn]'\n"


def test_the_package_imports_it_only_when_it_is_used():
    code = "import sys, nnlayers as nn; nn.Trainer; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
