"""From a tower's features to one embedding a tile: pooling, and what published models add to it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


def attach(model: Any, head: str, dim: int) -> None:
    """Build onto timm's ``model`` what the published one has beside it.

    Parameters
    ----------
    head
        ``projection``: a matrix after the class token (CLIP). ``mlp``: two layers (KEEP).
        ``attention``: a pooler of one query over all tokens (CONCH). ``coca``: that and a matrix
        (OmiCLIP). ``tokens``: a layer after every token (iSight). ``refine``: corrects the class
        token (Mettle). ``channels``: the model sees red, green and blue one after the other
        (GenBio-PathFM). ``conv-stem``: convolutions in place of the patch embedding
        (CTransPath). ``stage-3``: the last stage is taken away.
    dim
        Numbers in an embedding.
    """
    from torch import nn

    if head == "projection":
        model.projection = nn.Linear(model.num_features, dim, bias=False)
    elif head == "mlp":
        layers = nn.Linear(model.num_features, dim), nn.GELU(), nn.Linear(dim, dim)
        model.projection = nn.Sequential(*layers)
    elif head in ("attention", "coca"):
        model.pooler = _attention_pooler(model.num_features, dim)
        if head == "coca":
            model.projection = nn.Linear(dim, dim, bias=False)
    elif head == "tokens":
        model.projection = nn.Linear(model.num_features, dim)
    elif head == "refine":
        model.refine = _refinement(model.num_features)
    elif head == "conv-stem":
        model.patch_embed = _conv_stem(model.embed_dim)
    elif head == "stage-3":
        model.layer4 = nn.Identity()


def _attention_pooler(width: int, dim: int) -> nn.Module:
    import torch
    from torch import nn

    class AttentionPooler(nn.Module):
        """One learned query that attends to all tokens (CoCa)."""

        def __init__(self) -> None:
            super().__init__()
            self.query = nn.Parameter(torch.zeros(1, dim))
            self.attn = nn.MultiheadAttention(dim, 8, kdim=width, vdim=width, batch_first=True)
            self.ln_q = nn.LayerNorm(dim)
            self.ln_k = nn.LayerNorm(width)
            self.ln_out = nn.LayerNorm(dim)

        def forward(self, tokens: Tensor) -> Tensor:
            query = self.ln_q(self.query).expand(len(tokens), -1, -1)
            keys = self.ln_k(tokens)
            pooled: Tensor = self.attn(query, keys, keys, need_weights=False)[0][:, 0]
            normed: Tensor = self.ln_out(pooled)
            return normed

    return AttentionPooler()


def _refinement(width: int, atoms: int = 16, rank: int = 8, hidden: int = 256) -> nn.Module:
    import torch
    from torch import nn

    class Refinement(nn.Module):
        """Corrects an embedding by low-rank maps, mixed as the embedding itself says, and a shift.

        With ``atoms`` pairs of matrices P, Q (width, rank):
        ``e + sum_k mix_k(e) Q_k P_k^T e + shift(e)``.
        """

        def __init__(self) -> None:
            super().__init__()
            self.P = nn.Parameter(torch.zeros(atoms, width, rank))
            self.Q = nn.Parameter(torch.zeros(atoms, width, rank))
            self.mix = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, atoms))
            self.shift = nn.Sequential(
                nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)
            )

        def forward(self, tokens: Tensor) -> Tensor:
            # in full precision also under autocast, as its authors run it
            kind = tokens.device.type
            with nullcontext() if tokens.is_meta else torch.autocast(kind, enabled=False):
                tokens = tokens.float()
                inner = torch.einsum("nd,kdr->nkr", tokens, self.P) * self.mix(tokens)[..., None]
                corrected = tokens + torch.einsum("nkr,kdr->nd", inner, self.Q)
                moved: Tensor = corrected + self.shift(tokens)
                return moved

    return Refinement()


def _conv_stem(width: int) -> nn.Module:
    from torch import nn

    class ConvStem(nn.Module):
        """Two strided convolutions and a pointwise one, a quarter of the size (CTransPath)."""

        def __init__(self) -> None:
            super().__init__()
            first, second = width // 8, width // 4
            self.proj = nn.Sequential(
                nn.Conv2d(3, first, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(first),
                nn.ReLU(),
                nn.Conv2d(first, second, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(second),
                nn.ReLU(),
                nn.Conv2d(second, width, 1),
            )
            self.norm = nn.LayerNorm(width)

        def forward(self, x: Tensor) -> Tensor:
            maps: Tensor = self.proj(x)
            normed: Tensor = self.norm(maps.permute(0, 2, 3, 1))  # channels last, as Swin wants
            return normed

    return ConvStem()


def embedder(model: Any, pooling: str, head: str = "", unit: bool = False) -> nn.Module:
    """The module from normalized tiles (n, 3, s, s) to embeddings (n, d).

    Parameters
    ----------
    pooling
        ``cls``, ``mean`` (of the patch tokens: class and register tokens are skipped),
        ``cls+mean``; ``all-tokens`` (their mean, class token included); ``average`` (of the last
        map, or as the architecture pools); ``projected``; ``attention``.
    unit
        Scale embeddings to length 1, as published.
    """
    import torch
    from torch import nn

    prefix = getattr(model, "num_prefix_tokens", 0)
    unit = unit or (head == "mlp" and pooling == "projected")

    class Embedder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: Tensor) -> Tensor:
            if head == "channels":
                # each color is a picture of its own: (n, 3, s, s) -> (3 n, 1, s, s) -> (n, 3 d)
                n = len(x)
                pooled = self._embed(x.reshape(3 * n, 1, *x.shape[2:])).reshape(n, 3, -1)
                halves = pooled.chunk(2, dim=-1) if pooling == "cls+mean" else (pooled,)
                return torch.cat([half.flatten(1) for half in halves], dim=1)
            return self._embed(x)

        def _embed(self, x: Tensor) -> Tensor:
            features = self.model.forward_features(x)
            if head == "tokens":
                features = self.model.projection(features)
            pooled = self._pool(features)
            return nn.functional.normalize(pooled, dim=-1) if unit else pooled

        def _cls(self, features: Tensor) -> Tensor:
            token: Tensor = features[:, 0]
            return self.model.refine(token) if head == "refine" else token

        def _pool(self, features: Tensor) -> Any:
            if pooling == "cls":
                return self._cls(features)
            if pooling == "mean":
                return features[:, prefix:].mean(dim=1)
            if pooling == "cls+mean":
                return torch.cat([self._cls(features), features[:, prefix:].mean(dim=1)], dim=1)
            if pooling == "all-tokens":
                return features.mean(dim=1)
            if pooling == "projected":
                return self.model.projection(features[:, 0])
            if pooling == "attention" and head in ("attention", "coca"):
                pooled = self.model.pooler(features)
                return self.model.projection(pooled) if head == "coca" else pooled
            return self.model.forward_head(features, pre_logits=True)

    return Embedder()
