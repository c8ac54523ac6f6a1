"""The recipe of examples/char_gpt in PyTorch: the peer that mx's training step is timed against.

usage: char_gpt_torch.py [--mode eager|compile] [--attention fused|open] [--steps N] [--warmup N] [--threads N]
                         [--text PATH] [--loss]
Prints one JSON line: step times in milliseconds and, with --loss, the held-out loss after the steps. What would make
the peer slower than its users have it is avoided: fused AdamW, and attention both as PyTorch's own fused function and
as open matmuls and softmax, whichever is faster.
"""
import argparse
import json
import math
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional as F

D_MODEL, HEADS, BLOCKS, CONTEXT, BATCH = 128, 4, 4, 128, 16
PEAK_RATE, WARMUP_STEPS, DECAY, BETAS, CLIP = 3e-3, 50, 0.1, (0.9, 0.99), 1.0


class Block(nn.Module):
    """Pre-norm: causal attention without biases, then a tanh-GELU MLP with biases."""

    def __init__(self, dropout, attention):
        super().__init__()
        self.attention = attention
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), -math.inf).triu(1), persistent=False)
        self.norm1, self.norm2 = nn.LayerNorm(D_MODEL), nn.LayerNorm(D_MODEL)
        self.qkv = nn.Linear(D_MODEL, 3 * D_MODEL, bias=False)
        self.projection = nn.Linear(D_MODEL, D_MODEL, bias=False)
        self.up, self.down = nn.Linear(D_MODEL, 4 * D_MODEL), nn.Linear(4 * D_MODEL, D_MODEL)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            part.view(batch, length, HEADS, D_MODEL // HEADS).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(D_MODEL, dim=2)
        )
        if self.attention == "fused":
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q * (D_MODEL // HEADS) ** -0.5) @ k.transpose(-1, -2) + self.mask[:length, :length]
            attended = scores.softmax(-1) @ v
        x = x + self.dropout(self.projection(attended.transpose(1, 2).reshape(batch, length, D_MODEL)))
        return x + self.dropout(self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh")))


class CharGpt(nn.Module):
    """Logits of the next character at every position."""

    def __init__(self, vocabulary, dropout, attention):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, D_MODEL), nn.Embedding(CONTEXT, D_MODEL)
        self.blocks = nn.Sequential(*(Block(dropout, attention) for _ in range(BLOCKS)))
        self.norm, self.head = nn.LayerNorm(D_MODEL), nn.Linear(D_MODEL, vocabulary, bias=False)
        self.dropout = nn.Dropout(dropout)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, 0.0, 0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x):
        embedded = self.tokens(x) + self.positions.weight[: x.shape[1]]
        return self.head(self.norm(self.blocks(self.dropout(embedded))))

    def loss(self, x, y):
        """Mean cross-entropy in nats per character."""
        return F.cross_entropy(self(x).flatten(0, 1), y.flatten())


def load_text(path):
    """Code points of the regular files of a folder, sorted by name, or of one file, as latin-1."""
    path = pathlib.Path(path)
    files = [path] if path.is_file() else sorted(
        (entry for entry in path.iterdir() if entry.is_file() and not entry.is_symlink()), key=lambda entry: entry.name)
    return torch.tensor(list(b"".join(file.read_bytes() for file in files)))


def rate(step, steps):
    """Linear warm-up, then cosine decay to a tenth of the peak."""
    if step < WARMUP_STEPS:
        return PEAK_RATE * (step + 1) / WARMUP_STEPS
    progress = min(1.0, (step - WARMUP_STEPS) / max(1, steps - WARMUP_STEPS))
    return PEAK_RATE * (0.1 + 0.45 * (1 + math.cos(math.pi * progress)))


def held_out_loss(model, codes):
    """Mean over all non-overlapping windows."""
    model.eval()
    windows = (len(codes) - 1) // CONTEXT
    x = codes[: windows * CONTEXT].view(windows, CONTEXT)
    y = codes[1 : windows * CONTEXT + 1].view(windows, CONTEXT)
    with torch.no_grad():
        total = sum(model.loss(a, b).item() * len(a) for a, b in zip(x.split(64), y.split(64)))
    model.train()
    return total / windows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=("eager", "compile"), default="eager")
    parser.add_argument("--attention", choices=("fused", "open"), default="fused")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--text", default="/usr/share/common-licenses")
    parser.add_argument("--loss", action="store_true")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    characters, codes = load_text(options.text).unique(return_inverse=True)
    cut = int(len(codes) * 0.9)
    train, held_out = codes[:cut], codes[cut:]

    model = CharGpt(len(characters), options.dropout, options.attention)
    optimizer = torch.optim.AdamW(model.parameters(), PEAK_RATE, BETAS, weight_decay=DECAY, fused=True)
    loss_function = torch.compile(model.loss) if options.mode == "compile" else model.loss
    window = torch.arange(CONTEXT + 1)

    times = []
    for step in range(options.steps if options.loss else options.warmup + options.steps):
        begin = time.perf_counter()
        starts = torch.randint(0, len(train) - CONTEXT, (BATCH, 1))
        batch = train[starts + window]
        for group in optimizer.param_groups:
            group["lr"] = rate(step, options.steps)
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(batch[:, :-1], batch[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - begin) * 1e3)

    steady = sorted(times[options.warmup :])
    result = {
        "torch": torch.__version__, "mode": options.mode, "attention": options.attention, "threads": torch.get_num_threads(),
        "first_ms": times[0], "min_ms": steady[0], "median_ms": steady[len(steady) // 2], "steps": len(steady),
    }
    if options.loss:
        result["held_out"] = held_out_loss(model, held_out)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
