"""Two language models of characters, an LSTM and a small transformer, beside n-grams and gzip.

The text is the Jargon File, the dictionary of hackers' slang, which is in the public domain. The fewer
bits a model needs for a character of text that it has not seen, the better it knows the language.
"""

import bz2
import gzip
import lzma
from collections import Counter, defaultdict

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

JARGON = "/usr/share/doc/jargon-text/jargon.txt.gz"
STEPS = 64  # characters of a sequence to train on


def read(path):
    """The different characters, and the text as their indices; each line is a paragraph."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        text = file.read().translate(dict.fromkeys(range(0x2500, 0x2580)))  # without frames of tables
    text = "\n".join(filter(None, (" ".join(part.split()) for part in text.split("\n\n"))))
    return np.unique(list(text), return_inverse=True)


def lstm(count, rng, size=64, units=256):
    """It reads one character after the other, and keeps in its state what matters."""
    embedding, dense = nn.Embedding(count, size, rng=rng), nn.Dense(units, size, rng=rng)
    return nn.Sequential(embedding, nn.LSTM(size, units, rng=rng), dense, nn.TiedDense(embedding))


def transformer(count, rng, size=96):
    """At each character, it looks at all of those before it."""
    embedding, norm = nn.Embedding(count, size, rng=rng), nn.LayerNorm(size)
    norm.gain.value[...] = size**-0.5  # the embedding has variance 1: so do the scores at first
    layers = [embedding, nn.PositionalEncoding()]
    for _ in range(2):
        attention = nn.MultiHeadAttention(size, 4, causal=True, rng=rng)
        dense = nn.Dense(size, 4 * size, rng=rng), nn.ReLU(), nn.Dense(4 * size, size, rng=rng)
        layers += [nn.Residual(nn.LayerNorm(size), *part) for part in ([attention], dense)]
    return nn.Sequential(*layers, norm, nn.TiedDense(embedding))


def n_gram_bits(train, test, count, order=5):
    """Bits per character of n-grams; those with less context smooth them (Witten and Bell, 1991)."""
    seen, bits = defaultdict(Counter), 0.0  # how often each character came after each context
    for length in range(order):
        for i in range(length, len(train)):
            seen[train[i - length : i]][train[i]] += 1
    for i in range(order, len(test)):
        p = 1 / count
        for length in range(order):
            if counts := seen.get(test[i - length : i]):
                p = (counts[test[i]] + len(counts) * p) / (counts.total() + len(counts))
        bits -= np.log2(p)
    return bits / (len(test) - order)


def pieces(text, starts):
    """Sequences, and the same one character later: what is to be predicted."""
    rows = text[np.asarray(starts)[:, np.newaxis] + np.arange(STEPS + 1)]
    return rows[:, :-1], rows[:, 1:]


def write(model, codes, characters, rng, length=300):
    """What follows on some text: character by character, drawn with the model's probabilities."""
    for _ in range(length):
        logits = model.predict(codes[np.newaxis, -STEPS:])[0, -1].astype(float)
        codes = np.append(codes, rng.choice(len(characters), p=nn.softmax(logits)))
    return "".join(characters[codes[-length:]])


def main(text=JARGON, seed=0, epochs=12, steps=100, path="characters.png", progress=True):
    """Train both; return the bits per character of held-out text, or None if there is no text."""
    try:
        characters, codes = read(text)
    except FileNotFoundError as error:
        print(f"No {error.filename}: 'apt install jargon-text', or main(path) with about 1 MB of text")
        return None
    rng = np.random.default_rng(seed)
    is_held_out = np.arange(len(codes)) * 100 // len(codes) % 20 == 19
    train, test = codes[~is_held_out], codes[is_held_out]
    print(f"{len(train):,} characters, {len(characters)} different ones; {len(test):,} held out")
    known, new = ("".join(characters[part]) for part in (train, test))
    bits = {"5-grams": n_gram_bits(known, new, len(characters))}
    for packer in (gzip, bz2, lzma):  # by how much the packed text grows if the held-out one follows
        size, grown = (len(packer.compress(both.encode())) for both in (known, known + new))
        bits[packer.__name__] = 8 * (grown - size) / len(new)
    _, ax = plt.subplots(figsize=(9, 6), layout="constrained")
    for name, value in bits.items():
        ax.plot([1, epochs], [value, value], "--", label=name)
    # Pieces overlap, and only the second half of each counts: it has enough text before it.
    x, y = pieces(test, range(0, len(test) - STEPS, STEPS // 2))
    weights = np.broadcast_to(np.arange(STEPS) >= STEPS // 2, x.shape).astype(float)
    settings = {"epochs": epochs, "validation_data": (x, y, weights), "progress": progress}
    for build in (lstm, transformer):
        model = build(len(characters), rng)
        schedule = nn.schedules.one_cycle(0.01, steps=epochs * steps)
        optimizer = nn.AdamW(model.parameters(), lr=schedule, weight_decay=0.01, clip_norm=1.0)
        trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
        trainer.fit(
            lambda: (pieces(train, rng.integers(0, len(train) - STEPS, 64)) for _ in range(steps)),
            **settings,
        )
        curve = np.array(trainer.history["val_loss"]) / np.log(2)
        ax.plot(range(1, len(curve) + 1), curve, "o-", label=build.__name__)
        bits[build.__name__] = curve[-1]
        print(f"\nThe {build.__name__} writes:\n{write(model, test[:STEPS], characters, rng)}\n")
    ax.set(title="Held-out text (fewer bits are better)", xlabel="epoch", ylabel="bits per character")
    ax.legend()
    ax.figure.savefig(path, dpi=120)
    print(f"Drew {path}", *(f"{name}: {value:.3f} bits" for name, value in bits.items()), sep="\n")
    return bits


if __name__ == "__main__":
    main()
