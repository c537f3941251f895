#!/usr/bin/env bash
# Builds the kernels with sanitizers of GCC, beside the installed ones, and runs their tests: `make sanitize`.
#
#   sanitize.sh address,undefined libasan.so
set -euo pipefail
cd "$(dirname "$0")/.."

kinds=$1 library=$2
folder=.venv/sanitize-${kinds%,*}

echo "The tests of the kernels, with the sanitizers: $kinds"
rm -rf kernels/build "$folder"
CFLAGS="-g -O1 -fsanitize=$kinds -fno-sanitize-recover=all" LDFLAGS="-fsanitize=$kinds" \
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" ./kernels
rm -rf kernels/build

# Python is built without sanitizers, so their library is loaded before it, and that of C++, with which matplotlib
# throws exceptions. What Python does not free at its end is not a leak of the kernels. pytest would swallow the
# reports of the sanitizers if it captured.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS="halt_on_error=1 die_after_fork=0"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=$folder NNLAYERS_KERNELS=compiled LD_PRELOAD
LD_PRELOAD="$("${CC:-cc}" -print-file-name="$library") $("${CC:-cc}" -print-file-name=libstdc++.so)"
"$PYTHON" -m pytest -p no:cacheprovider --capture=no "${@:3}" tests/core/test_compiled.py \
    tests/core/test_kernel_threads.py tests/core/test_layer_kernels.py
PYTHONMALLOC=malloc "$PYTHON" -m tests.fuzz_kernels --calls "${CALLS:-20000}" --seed "$RANDOM" --at-once 2
