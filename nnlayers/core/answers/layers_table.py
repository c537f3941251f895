"""What to use for the layers of PyTorch and Keras, one line a family of names."""

OWN_LAYER = "write a Layer of your own, as 'Write your own layer' in the documentation shows"
ELEMENTWISE = "use Elementwise, with value and slope of your own"
PAD = "use np.pad before the network, or a Layer of your own"
IMAGES = "change the images before the network: fit takes batches of your own"
ENCODE = "encode the data before the network, with one_hot or as integers"
AS_IMAGES = "between Reshape(-1, 1, C) and Reshape(-1, C)"  # sequences, whose width is 1

OTHER_LAYERS = {  # patterns of names in small letters without underscores; the first one counts
    # Sizes, shapes and inputs
    "(lazy)?linear": "use Dense",
    "input(layer|spec)?": "use Sequential(..., input_shape=)",
    "model": "use Sequential, and Residual, Fork and Parallel in it",
    "module": "use Layer",
    "(module|parameter)list": "use a list that is an attribute: its layers are found",
    "(module|parameter)dict": "use a dict that is an attribute: its layers are found",
    "timedistributed": "use Dense as it is: it works along the last axis, at every step",
    "pipeline": "use Sequential",
    "unflatten|reshape": "use Reshape",
    "permute|transpose": "use np.moveaxis before the network, or a Layer of your own",
    "repeatvector|cropping[12]d|pixel(un)?shuffle|channelshuffle|(un)?fold": OWN_LAYER,
    "zeropad(ding)?[12]d": "use the padding of Conv1D and Conv2D, or np.pad before the network",
    "(constant|reflection|replication|circular|zero)pad(ding)?[123]d": PAD,
    "upsampl(e|ing)1d": f"use Upsample2D((2, 1)) {AS_IMAGES}",
    "upsampl(e|ing)(nearest)?(2d)?": "use Upsample2D",
    "upsamplingbilinear2d|interpolate": OWN_LAYER,

    # Several inputs
    "cat|concat": "use Concatenate",
    "multiply|subtract|average|maximum|minimum|dot|einsumdense|bilinear": OWN_LAYER,
    "cosinesimilarity|pairwisedistance": OWN_LAYER,

    # Normalization
    "(lazy|sync)?batchnorm(ali[sz]ation)?([123]d)?": "use BatchNorm",
    "layernorm(ali[sz]ation)?": "use LayerNorm",
    "rmsnorm(ali[sz]ation)?": "use RMSNorm",
    "groupnorm(ali[sz]ation)?": "use GroupNorm",
    "(lazy)?instancenorm(ali[sz]ation)?([123]d)?": "use GroupNorm(channels, channels)",
    "normali[sz]ation": "use Standardize",
    "(spectral|weight|unit|localresponse)norm(ali[sz]ation)?|crossmaplrn2d": OWN_LAYER,

    # Dropout and noise
    "(spatial)?dropout[123]d": "use SpatialDropout, for any number of axes",
    "(feature)?alphadropout|gaussiandropout": "use Dropout, or a Layer of your own",
    "activityregularization": "no penalty of outputs is built in: use a Loss of your own",

    # Pools
    "globala(verage|vg)pool(ing)?([123]d)?": "use GlobalAveragePool",
    "adaptivea(verage|vg)pool(ing)?[123]d": "use GlobalAveragePool, the mean over all positions",
    "(global|adaptive)maxpool(ing)?1d": "use MaxPool2D((T, 1)) between Reshape(T, 1, C) and Flatten()",
    "(global|adaptive)maxpool(ing)?(2d)?": "use MaxPool2D((H, W)) and Flatten(), for images of H x W",
    "maxpool(ing)?1d": f"use MaxPool2D((2, 1)) {AS_IMAGES}",
    "a(verage|vg)pool(ing)?1d": f"use AveragePool2D((2, 1)) {AS_IMAGES}",
    "maxpool(ing)?(2d)?": "use MaxPool2D",
    "a(verage|vg)pool(ing)?(2d)?": "use AveragePool2D",
    "(lppool|maxunpool|fractionalmaxpool)[12]d": OWN_LAYER,

    # Convolutions
    "(lazy)?conv(olution)?1d": "use Conv1D, which takes (N, T, channels)",
    "(lazy)?conv(olution)?2d": "use Conv2D, which takes (N, H, W, channels)",
    "depthwiseconv(olution)?1d": "use Conv1D, with groups=in_channels",
    "depthwiseconv(olution)?2d": "use Conv2D, with groups=in_channels",
    "separableconv(olution)?1d": "use Conv1D twice: groups=in_channels, then kernel_size=1",
    "separableconv(olution)?2d": "use Conv2D twice: groups=in_channels, then kernel_size=1",
    "(lazy)?conv(olution)?(1dtranspose|transpose1d)": (
        f"use ConvTranspose2D with a kernel_size of (k, 1) and a stride of (s, 1) {AS_IMAGES}"
    ),
    "(lazy)?conv(olution)?(2dtranspose|transpose2d)|deconv(olution)?2d": "use ConvTranspose2D",
    "convlstm[123]d(cell)?|locallyconnected[12]d": OWN_LAYER,

    # Sequences
    "(simple)?rnn(base)?": "use SimpleRNN",
    "cudnnlstm": "use LSTM",
    "cudnngru": "use GRU",
    "(abstract|simple)?rnncell(base)?": "use SimpleRNN, which goes through all steps",
    "lstmcell": "use LSTM, which goes through all steps",
    "grucell": "use GRU, which goes through all steps",
    "stackedrnncells": "use a Sequential of several layers",
    "(packpadded|padpacked|pad)sequence|padsequences|masking": (
        "use padded sequences and masks, as 'Images and sequences' in the documentation shows"
    ),
    "embeddingbag": "use Embedding, and GlobalAveragePool after it",
    "(dotproduct|scaleddotproduct|self)?attention": "use MultiHeadAttention, which may have one head",
    "additiveattention|group(ed)?queryattention": OWN_LAYER,
    "transformerencoderlayer": "use transformer_block",
    "transformer(encoder)?": "use transformer_block, several of them in a Sequential",
    "transformerdecoder(layer)?": (
        "use transformer_block(..., causal=True); to read another sequence, MultiHeadAttention in a "
        "Layer of your own"
    ),
    "reversibleembedding": "use Embedding, and TiedDense",

    # Functions of each element
    **{
        name.lower(): f"use {name}, a layer"
        for name in ["ReLU", "PReLU", "ELU", "GELU", "SiLU", "Tanh", "Softplus", "LeakyReLU"]
    },
    "swish": "use SiLU, a layer",
    "activation": "use ReLU, or Elementwise, as a layer of its own",
    "softmax2d": "use Softmax, which works along the last axis, that of the channels",
    "logsoftmax": "use np.log(softmax(x)), or SoftmaxCrossEntropy, which takes logits",
    "softmin|gumbelsoftmax|adaptivelogsoftmaxwithloss|glu|swiglu|geglu|maxout|rrelu": OWN_LAYER,
    "selu|celu|mish|relu6|logsigmoid|threshold(edrelu)?": ELEMENTWISE,
    "hard(swish|silu|sigmoid|tanh|shrink)|soft(sign|shrink)|tanhshrink|squareplus": ELEMENTWISE,

    # What comes before a network
    "rescaling": "use Standardize, or x / 255 before the network",
    "random(resized)?(affine|bright|color|contrast|crop|elastic|eras|flip|gaussian|gray).*": IMAGES,
    "random(height|horizontal|hue|invert|perspective|poster|rotati|saturat|sharp|shear).*": IMAGES,
    "random(translat|vertical|width|zoom).*|resizing|(aug|cut)mix|mixup|centercrop": IMAGES,
    "randaugment|autocontrast|equali[sz]ation|solari[sz]ation|maxnumboundingboxes": IMAGES,
    "categoryencoding|(string|integer)lookup|hash(ing|edcrossing)|discreti[sz]ation": ENCODE,
    "textvectori[sz]ation|densefeatures": ENCODE,
    "(stft|mel)spectrogram": "compute it before the network",
    "lambda|wrapper|(tfsm|jax|flax)layer|torchmodulewrapper": OWN_LAYER,
    "(distributed)?dataparallel": "use fit(..., callbacks=[nn.distributed.DataParallel()])",

    # All others with three axes
    ".*3d(transpose|cell)?": "no layer has three axes of positions",
}  # fmt: skip
