"""What people search for, page by page: words beside those of its title.

Each becomes a main entry of the index, which the search puts first. A test looks for all of them.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

WORDS = {
    "beyond-memory": "large data; large datasets; data generator; HDF5; Parquet; out of memory",
    "callbacks": "early stopping; stop training; time limit; log to CSV",
    "checker": "false alarms; finite differences; tolerance",
    "choosing": "which optimizer; which loss; which layer; last layer; momentum or Adam; choose",
    "compose": "multiple inputs; multiple outputs; skip connection; shared weights; freeze layers; "
    "fine-tuning",
    "cookbook": "recipes; examples of layers; custom layer examples; gating",
    "custom-layers": "custom layer; new layer; write a layer; custom loss; own loss; subclass",
    "design": "architecture; autograd; contract",
    "distributed": "MPI; data parallel; multiple machines; cluster; distributed training",
    "exchange": "ONNX; export; pretrained weights; load torch weights; C code; safetensors",
    "file-format": "npz; weights file",
    "from-keras": "Keras; TensorFlow",
    "from-pytorch": "PyTorch; from torch",
    "going-wrong": "NaN; loss does not fall; not learning; vanishing gradients; exploding gradients; "
    "overfitting; dead units",
    "gpu": "CUDA; CuPy",
    "gradient-checks": "gradient check; numerical gradient; check_layer",
    "hyper-parameters": "hyperparameter search; grid search; random search; tuning",
    "imbalance": "class weights; rare class; unbalanced data; sample weights",
    "inside": "internals; how it works; source code",
    "installation": "pip install; NumPy version; Python version; requirements; threads",
    "layers": "CNN; convolutional network; RNN; attention; transformer; masking; padding",
    "looking-inside": "activations; find learning rate; saliency",
    "metrics": "accuracy; F1; ROC curve; AUC; precision and recall",
    "mutants": "mutation testing",
    "own-data": "read CSV; images from folders; pandas; missing values; normalize features; categories",
    "reading-failures": "checker message; gradient is wrong",
    "reproduce": "reproducible; random seed; deterministic; rng",
    "save-load": "save model; load model; resume training; checkpoint; load weights; serialize",
    "schedules": "learning rate; learning rate schedule; warm-up; cosine; decay of the learning rate",
    "scikit-learn": "scikit-learn; pipeline; GridSearchCV; cross-validation; NNClassifier",
    "speed": "benchmark; performance; how fast",
    "training": "batch size; weight decay; gradient clipping; optimizer; epochs; validation data; "
    "gradient accumulation",
    "tutorial-1": "tutorial; backpropagation; from scratch; first steps",
    "tutorial-2": "gradient descent; training loop",
    "tutorial-3": "regularization; L2; dropout explained",
    "reference/initializers": "weight initialization; Xavier; He initialization",
    "reference/layers": "dropout rate; activation function; batch normalization",
    "reference/losses": "cross entropy; MSE; loss function",
    "reference/plots": "plot learning curve; plot confusion matrix; matplotlib",
}


def words_of(page):
    """The words that lead to a page."""
    return WORDS[page].split("; ") if page in WORDS else []


class Entries(SphinxTransform):
    """Add the words of a page to its first section, as main entries of the index."""

    default_priority = 880  # after the transforms that make the page one section

    def apply(self):
        """Insert them behind the title."""
        section = next(self.document.findall(nodes.section), None)
        if words := words_of(self.env.docname):
            entries = [("single", word, "", "main", None) for word in words]
            section.insert(1, addnodes.index(entries=entries))


def setup(app):
    """Register it with Sphinx."""
    app.add_transform(Entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
