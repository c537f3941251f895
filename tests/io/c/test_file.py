import copy
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlayers as nn
from tests.io.c.programs import CPP17, SANITIZED, assert_same, needs_c, outputs, run
from tests.io.networks import NETWORKS, SEQUENCES, moved, new_layer, random_network, rows


@pytest.fixture
def model():
    return moved(nn.Sequential(nn.Dense(4, 3, rng=0), nn.ReLU(), nn.Dense(3, 2, rng=1)))


@needs_c
def test_every_layer_in_c_is_equal_to_predict_and_touches_no_other_memory(tmp_path):
    found = outputs(tmp_path, NETWORKS.values(), options=SANITIZED)
    for one, other in found:
        assert_same(one, other)


@needs_c
@settings(max_examples=2)
@given(st.integers(0, 2**32))
def test_random_networks_in_c_are_equal_to_predict(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    models = [random_network(rng) for _ in range(8)]
    for one, other in outputs(tmp_path_factory.mktemp("random"), models, options=["-O0"]):
        assert_same(one, other, 5e-5)


@needs_c
def test_the_header_is_also_one_of_cpp(tmp_path):
    names = ["MLP", "convolutions", "Embedding", "branches", "GELU"]
    for one, other in outputs(tmp_path, [NETWORKS[name] for name in names], CPP17):
        assert_same(one, other)


@needs_c
def test_networks_in_float64_become_double(tmp_path):
    smooth = nn.GELU(), nn.SiLU(), nn.Softplus(), nn.ELU(), nn.LeakyReLU(), nn.PReLU(), nn.Tanh()
    models = [NETWORKS[name] for name in ("MLP", "convolutions", "RMSNorm", "Embedding")]
    models = [*models, rows(nn.Dense(6, 6, rng=0), *smooth, nn.Sigmoid())]
    models = [(model.astype(np.float64), shape) for model, shape in models]
    for one, other in outputs(tmp_path, models):
        assert one.dtype == np.float64
        assert_same(one, other, 1e-12)


@needs_c
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_math_is_included_if_it_is_needed(tmp_path, dtype):
    model = nn.Sequential(nn.Dense(2, 2, rng=0, dtype=dtype), nn.Tanh())
    nn.io.to_c(model, tmp_path / "net.h")
    assert "#include <math.h>\n" in (tmp_path / "net.h").read_text()


@needs_c
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_are_exact(tmp_path, dtype):
    info = np.finfo(dtype)
    values = [
        0.1,
        -0.0,
        info.smallest_subnormal,
        -info.tiny / 3,
        info.max,
        -info.eps,
        1,
        np.inf,
        np.nan,
    ]
    model = nn.Dense(1, 9, bias=False, dtype=dtype)
    model.weight.value[...] = values
    nn.io.to_c(model, tmp_path / "net.h")
    source = """#include <stdio.h>
        #include "net.h"
        int main(void) {
            FILE *file = fopen("out", "wb");
            fwrite(net_w0, sizeof net_w0, 1, file);
            fclose(file);
            return net_self_test();
        }"""
    run(tmp_path, source)
    found = np.fromfile(tmp_path / "out", dtype)
    np.testing.assert_array_equal(found, model.weight.value[0])
    np.testing.assert_array_equal(np.signbit(found)[:8], np.signbit(model.weight.value[0])[:8])


@needs_c
def test_not_a_number_goes_through_as_in_predict(tmp_path):
    model = nn.Sequential(nn.MaxPool2D(2), nn.ReLU(), nn.Flatten(), nn.ELU(), input_shape=(2, 4, 1))
    nn.io.to_c(model, tmp_path / "net.h")
    source = """#include <stdio.h>
        #include "net.h"
        int main(void) {
            const float x[8] = {NAN, 1, 2, 3, 4, 5, NAN, -INFINITY};
            float y[2];
            net_predict(x, y);
            printf("%d %d", y[0] != y[0], y[1] != y[1]);
            return 0;
        }"""
    assert run(tmp_path, source) == "1 1"


@needs_c
@pytest.mark.parametrize("norm", [nn.LayerNorm(800), nn.GroupNorm(1, 8)])
def test_equal_numbers_are_normalized_to_zero_however_large(tmp_path, norm):
    model = nn.Sequential(nn.Reshape(-1) if norm.gain.value.size > 8 else nn.Reshape(100, 8), norm)
    nn.io.to_c(model, tmp_path / "net.h", input_shape=(800,))
    source = """#include <stdio.h>
        #include "net.h"
        int main(void) {
            static float x[800], y[800];
            for (int i = 0; i < 800; i++) x[i] = 1000.1f;
            net_predict(x, y);
            int others = 0;
            for (int i = 0; i < 800; i++) others += y[i] != 0;
            printf("%d", others);
            return 0;
        }"""
    assert run(tmp_path, source) == "0"


@needs_c
def test_an_integer_that_an_embedding_does_not_know_gives_not_a_number(tmp_path):
    nn.io.to_c(nn.Embedding(3, 2, rng=0), tmp_path / "net.h", input_shape=(3,))
    source = """#include <stdio.h>
        #include "net.h"
        int main(void) {
            const int32_t x[3] = {-1, 2, 3};
            float y[6];
            net_predict(x, y);
            for (int i = 0; i < 6; i += 2) printf("%d", y[i] != y[i]);
            return 0;
        }"""
    assert run(tmp_path, source, options=SANITIZED) == "101"


def test_memory_counts_weights_once_and_the_workspace_that_is_in_use(tmp_path):
    shared = nn.Dense(10, 10, rng=0)
    layers = [layer for _ in range(5) for layer in (shared, nn.ReLU(), nn.Dropout(0.5))]
    memory = nn.io.to_c(nn.Sequential(*layers), tmp_path / "net.h", compiler=None)
    assert memory == nn.io.CMemory(weights=4 * 110, workspace=4 * 20)
    text = (tmp_path / "net.h").read_text()
    assert "#define NET_WORKSPACE 20\n" in text
    assert "#include" not in text
    residual, _ = NETWORKS["Residual twice"]
    assert nn.io.to_c(residual, tmp_path / "net.h", compiler=None).workspace <= 4 * 12


@needs_c
def test_names_of_columns_and_classes_are_kept_and_cannot_break_out(tmp_path, model):
    model.column_names = ("*/ int x; /*", 'quote " and \\', "new\nline\\n1", "é ??/")
    model.class_names = np.array([7, "c%s"], object)
    model.layers[1].__class__ = type("A*/\nB", (nn.ReLU,), {})
    nn.io.to_c(model, tmp_path / "net.h")
    text = (tmp_path / "net.h").read_text(encoding="ascii")
    assert "/* layers.1: A<2a>/<a>B() */" in text
    source = """#include <stdio.h>
        #include "net.h"
        int main(void) {
            for (int i = 0; i < NET_INPUTS; i++) printf("%s;", net_columns[i]);
            for (int i = 0; i < NET_OUTPUTS; i++) printf("%s;", net_classes[i]);
            return net_self_test();
        }"""
    assert run(tmp_path, source).split(";") == [
        *";".join(model.column_names).split(";"),
        "7",
        "c%s",
        "",
    ]
    run(tmp_path, '#include "net.h"\nint main(void) { return net_self_test(); }')


@pytest.mark.parametrize("name", ["two words", "1net", "for", "_net", "net__x", "net;", "é", ""])
def test_a_name_that_c_does_not_allow_is_refused(tmp_path, model, name):
    with pytest.raises(ValueError, match=r"^to_c: expected a name that C allows.*name='net'"):
        nn.io.to_c(model, tmp_path / "net.h", name=name)
    assert not [*tmp_path.iterdir()]


def test_the_name_is_that_of_the_file_or_given(tmp_path, model):
    nn.io.to_c(model, tmp_path / "digits_2.h", compiler=None)
    assert "void digits_2_predict(" in (tmp_path / "digits_2.h").read_text()
    nn.io.to_c(model, tmp_path / "my-net.h", name="MyNet", compiler=None)
    text = (tmp_path / "my-net.h").read_text()
    assert "void MyNet_predict(" in text
    assert "#define MYNET_INPUTS 4\n" in text


def test_the_same_model_gives_the_same_file(tmp_path, model):
    for name in ("a.h", "b.h"):
        nn.io.to_c(copy.deepcopy(model), tmp_path / name, name="net", compiler=None)
    assert (tmp_path / "a.h").read_bytes() == (tmp_path / "b.h").read_bytes()


@pytest.mark.parametrize("name", SEQUENCES)
def test_layers_that_c_lacks_are_refused_by_path(tmp_path, name):
    model, shape = SEQUENCES[name]
    with pytest.raises(
        TypeError, match=r"(?s)^to_c: layers\.\d.*no function.*@nn\.io\.c_code\.register"
    ):
        nn.io.to_c(model, tmp_path / "net.h", input_shape=shape)
    assert not [*tmp_path.iterdir()]


@needs_c
def test_a_layer_of_ones_own_takes_two_lines(tmp_path):
    Scale = new_layer()
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3))
    with pytest.raises(
        TypeError, match=r"(?s)layers\.1, Scale: .*register\(Scale\).*def _\(layer, c, x\)"
    ):
        nn.io.to_c(model, tmp_path / "net.h")

    @nn.io.c_code.register(Scale)
    def _(layer, c, x):
        return c.each(x, f"v * {c.weights(layer.gain.value)}[j]", along=3)

    nn.io.to_c(model, tmp_path / "net.h")
    run(tmp_path, '#include "net.h"\nint main(void) { return net_self_test(); }')


@needs_c
@pytest.mark.parametrize(
    ("code", "message"),
    [("v * 2", "differs from that of predict by up to"), ("v *", "cc .*failed(.|\n)*error")],
)
def test_wrong_code_of_a_user_is_found_before_the_file_is_written(tmp_path, code, message):
    Scale = new_layer()
    (tmp_path / "net.h").write_text("old")
    nn.io.c_code.register(Scale)(lambda layer, c, x: c.each(x, code))
    with pytest.raises(ValueError, match=f"^to_c: .*{message}"):
        nn.io.to_c(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.h")
    assert (tmp_path / "net.h").read_text() == "old"


def test_code_that_gives_another_shape_is_refused(tmp_path):
    Scale = new_layer()
    nn.io.c_code.register(Scale)(lambda layer, c, x: c.block("y[0] = x[0];", (1,), x=x))
    with pytest.raises(ValueError, match=r"C code gives shape \(1,\), and predict \(3,\)"):
        nn.io.to_c(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.h", compiler=None)


@pytest.mark.parametrize("along", [2, 0])
def test_a_size_that_does_not_divide_an_array_is_refused(tmp_path, along):
    Scale = new_layer()
    nn.io.c_code.register(Scale)(lambda layer, c, x: c.each(x, "v", along=along))
    with pytest.raises(ValueError, match=rf"layers\.1, Scale: along={along} does not divide \(3,\)"):
        nn.io.to_c(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.h", compiler=None)


def test_outputs_of_another_dtype_are_refused(tmp_path):
    class Best(nn.Layer):
        def forward(self, x):
            return x.argmax(axis=-1)

    nn.io.c_code.register(Best)(lambda layer, c, x: c.block("y[0] = 1;", (), x=x))
    with pytest.raises(TypeError, match="outputs in float32, got int64"):
        nn.io.to_c(nn.Sequential(nn.Dense(4, 3, rng=0), Best()), tmp_path / "net.h", compiler=None)


def test_without_a_compiler_a_warning_says_that_nothing_was_tried(tmp_path, model):
    with pytest.warns(UserWarning, match="no compiler 'none' here .* call its self-test") as found:
        nn.io.to_c(model, tmp_path / "net.h", compiler="none")
    assert found[0].filename == __file__
    assert "net_self_test" in (tmp_path / "net.h").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="a script as a compiler")
def test_a_compiler_that_does_not_end_is_stopped(tmp_path, model, monkeypatch):
    script = tmp_path / "slow"
    script.write_text("#!/bin/sh\nexec sleep 20\n")
    script.chmod(0o755)
    monkeypatch.setattr("nnlayers.io.c.file.SECONDS", 0.2)
    with pytest.warns(UserWarning, match="timed out .* it was not tried"):
        nn.io.to_c(model, tmp_path / "net.h", compiler=str(script))


@pytest.mark.skipif(sys.platform == "win32", reason="a script as a compiler")
def test_what_a_compiler_says_may_be_in_any_encoding(tmp_path, model):
    script = tmp_path / "latin"
    script.write_text("#!/bin/sh\nprintf 'f\\344lt aus' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(ValueError, match=r"failed, and no file is written: f.lt aus"):
        nn.io.to_c(model, tmp_path / "net.h", compiler=str(script))


def test_models_that_c_cannot_say_are_refused(tmp_path, model):
    path = tmp_path / "net.h"
    with pytest.raises(TypeError, match=r"all float32, or all float64, got float16: .*astype"):
        nn.io.to_c(model.astype(np.float16), path)
    mixed = nn.Sequential(nn.Dense(4, 3, rng=0), nn.Dense(3, 2, rng=0, dtype=np.float64))
    with pytest.raises(TypeError, match="got float32 and float64"):
        nn.io.to_c(mixed, path)
    two = nn.Sequential(nn.Parallel(nn.Dense(2, 2, rng=0), nn.Dense(3, 2, rng=0)), nn.Add())
    with pytest.raises(TypeError, match="one array as input and one as output"):
        nn.io.to_c(two, path)
    with pytest.raises(TypeError, match="one array as input and one as output"):
        nn.io.to_c(nn.Fork(model, nn.Identity()), path)
    with pytest.raises(ValueError, match="give that of one sample"):
        nn.io.to_c(nn.ReLU(), path)
    with pytest.raises(ValueError, match="sizes of at least 1"):
        nn.io.to_c(nn.ReLU(), path, input_shape=(0,))
    with pytest.raises(TypeError, match="expected a layer"):
        nn.io.to_c("model", path)
    with pytest.raises(OSError, match="does not exist"):
        nn.io.to_c(model, tmp_path / "none" / "net.h")
    assert not [*tmp_path.iterdir()]


def test_a_network_nested_a_thousand_times_is_written(tmp_path):
    model = nn.Dense(2, 2, rng=0)
    for _ in range(1000):
        model = nn.Sequential(model)
    nn.io.to_c(model, tmp_path / "net.h", compiler=None)
    assert re.search(r"void net_predict\(", (tmp_path / "net.h").read_text())


def test_a_network_without_parameters_is_in_float32(tmp_path):
    memory = nn.io.to_c(nn.Softmax(), tmp_path / "net.h", input_shape=(3,), compiler=None)
    assert memory == nn.io.CMemory(weights=0, workspace=0)
    assert "float" in (tmp_path / "net.h").read_text()
