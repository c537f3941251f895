"""Parameters and layers in places where nothing looks for them, and gradients that are assigned."""

from tests.catalogue import composed, elementwise, learned_losses, nested, products, statistics
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

GAIN = "self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)"
BODY = "self.body = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())"

BUGS = {
    elementwise.Scale: [
        Row("life cycle", "scale: parameter in the closure of a function", {GAIN: """
                gain = nn.Parameter(np.linspace(0.5, 1.5, D))
                self.find = lambda: gain"""}, adds="""
                @property
                def gain(self):
                    return self.find()"""),
        Row("life cycle", "scale: parameter among the arguments of a partial function", {GAIN: """
                from functools import partial

                self.find = partial(max, [nn.Parameter(np.linspace(0.5, 1.5, D))], key=id)"""}, adds="""
                @property
                def gain(self):
                    return self.find()"""),
        Row("life cycle", "scale: parameter in a global of the module", {
            "def __init__(self, D):": """
                def __init__(self, D):
                    self.D = D""",
            GAIN: "GAINS.setdefault(D, nn.Parameter(np.linspace(0.5, 1.5, D)))"}, adds="""
                @property
                def gain(self):
                    return GAINS[self.D]""", before="GAINS = {}"),
        Row("life cycle", "scale: parameter in a cached function of the module", {
            GAIN: "self.D = D"}, adds="""
                @property
                def gain(self):
                    return gain_of(self.D)""", before="""
                from functools import cache

                @cache
                def gain_of(D):
                    return nn.Parameter(np.linspace(0.5, 1.5, D))"""),
        Row("life cycle", "scale: parameter in a dict of the class, which all share", {
            GAIN: """
                self.D = D
                self.gains.setdefault(D, nn.Parameter(np.linspace(0.5, 1.5, D)))"""}, adds="""
                gains = {}

                @property
                def gain(self):
                    return self.gains[self.D]"""),
        Row("life cycle", "scale: parameter in the default argument of a method", {
            GAIN: "self.D = D"}, adds="""
                def find(self, gains={}):
                    return gains.setdefault(self.D, nn.Parameter(np.linspace(0.5, 1.5, self.D)))

                @property
                def gain(self):
                    return self.find()"""),
        Row("life cycle", "scale: parameter in a slot", adds='__slots__ = ("gain",)'),
        Row("life cycle", "scale: parameter in a deque", {GAIN: """
                from collections import deque

                self.kept = deque([nn.Parameter(np.linspace(0.5, 1.5, D))])"""}, adds="""
                @property
                def gain(self):
                    return self.kept[0]"""),
        Row("life cycle", "scale: parameter in a UserDict", {GAIN: """
                from collections import UserDict

                self.kept = UserDict(gain=nn.Parameter(np.linspace(0.5, 1.5, D)))"""}, adds="""
                @property
                def gain(self):
                    return self.kept["gain"]"""),
        Row("life cycle", "scale: parameter in an array of objects", {GAIN: """
                self.kept = np.empty(1, object)
                self.kept[0] = nn.Parameter(np.linspace(0.5, 1.5, D))"""}, adds="""
                @property
                def gain(self):
                    return self.kept[0]"""),
        Row("state", "scale: gain gradient assigned, not added",
            {"self.gain.add_grad((grad * x).sum(axis=0))": "self.gain.grad = (grad * x).sum(axis=0)"}),
        Row("state", "scale: gain gradient given to a new Parameter, which takes the old one's place", {
            "self.gain.add_grad((grad * x).sum(axis=0))": """
                gain = nn.Parameter(self.gain.value, dtype=self.gain.value.dtype)
                gain.add_grad((grad * x).sum(axis=0))
                self.gain = gain"""}),
    ],
    products.Dense: [
        Row("state", "dense: weight gradient assigned, not added",
            {"self.weight.add_grad(x.T @ grad)": "self.weight.grad = x.T @ grad"}),
        Row("state", "dense: bias gradient assigned, not added",
            {"self.bias.add_grad(grad.sum(axis=0))": "self.bias.grad = grad.sum(axis=0)"}),
        Row("state", "dense: both gradients assigned, in a method of their own", {
            "self.weight.add_grad(x.T @ grad)": "self.remember(x.T @ grad, grad.sum(axis=0))",
            "self.bias.add_grad(grad.sum(axis=0))": ""}, adds="""
                def remember(self, *gradients):
                    self.weight.grad, self.bias.grad = gradients"""),
    ],
    elementwise.Listed: [
        Row("state", "list: second gain's gradient assigned, not added",
            {"b.add_grad(total)": "b.grad = total"}),
    ],
    statistics.RunningCenter: [
        Row("state", "center: gain gradient assigned, not added", {
            "self.gain.add_grad((grad * self.saved()).sum(axis=0))":
                "self.gain.grad = (grad * self.saved()).sum(axis=0)"}),
        Row("life cycle", "center: running mean in the closure of a function", {
            "self.mean = nn.State(np.zeros(D))": """
                mean = nn.State(np.zeros(D))
                self.find = lambda: mean"""}, adds="""
                @property
                def mean(self):
                    return self.find()"""),
        Row("life cycle", "center: running mean in a global of the module", {
            "self.mean = nn.State(np.zeros(D))": """
                self.D = D
                MEANS.setdefault(D, nn.State(np.zeros(D)))"""}, adds="""
                @property
                def mean(self):
                    return MEANS[self.D]""", before="MEANS = {}"),
    ],
    composed.Residual: [
        Row("life cycle", "residual: body in the closure of a function", {BODY: """
                body = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())
                self.find = lambda: body"""}, adds="""
                @property
                def body(self):
                    return self.find()"""),
        Row("life cycle", "residual: body in a deque", {BODY: """
                from collections import deque

                self.kept = deque([nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())])"""}, adds="""
                @property
                def body(self):
                    return self.kept[0]"""),
    ],
    composed.Dropout: [
        Row("life cycle", "dropout: generator in the closure of a function", {
            "self.rng = np.random.default_rng(0)": """
                rng = np.random.default_rng(0)
                self.find = lambda: rng"""}, adds="""
                @property
                def rng(self):
                    return self.find()"""),
        Row("life cycle", "dropout: generator in a global of the module", {
            "self.rng = np.random.default_rng(0)": "pass",
            "self.rng.random(": "SOURCE.random("}, before="SOURCE = np.random.default_rng(0)"),
    ],
    nested.Voting: [
        Row("life cycle", "mean of layers: the voices in a class-level dict, which all share", {
            "self.voices = {name": "self.voices.clear()\nself.voices.update({name",
            'enumerate("abc")}': 'enumerate("abc")})'}, adds="voices = {}"),
    ],
    learned_losses.Margin: [
        Row("life cycle", "learned margin: parameter in a deque", {
            "self.margin = nn.Parameter(np.ones(1), decay=False)": """
                from collections import deque

                self.kept = deque([nn.Parameter(np.ones(1))])"""}, adds="""
                @property
                def margin(self):
                    return self.kept[0]"""),
        Row("life cycle", "learned margin: parameter in the closure of a function", {
            "self.margin = nn.Parameter(np.ones(1), decay=False)": """
                margin = nn.Parameter(np.ones(1))
                self.find = lambda: margin"""}, adds="""
                @property
                def margin(self):
                    return self.find()"""),
        Row("life cycle", "learned margin: parameter at class level",
            {"def __init__(self): self.margin = nn.Parameter(np.ones(1), decay=False)":
             "margin = nn.Parameter(np.ones(1), decay=False)"}),
        Row("state", "learned margin: gradient assigned, not added", {
            "self.margin.add_grad(2 * self.margin.value * (share * counts.sum()))":
                "self.margin.grad = 2 * self.margin.value * (share * counts.sum())"}),
    ],
}
