"""The same training in PyTorch as installed: train_process.py JSON. Batches come from the mapped file, too."""
import json
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from networks import build_network  # noqa: E402

work = json.loads(sys.argv[1])
side, batch, count = work["side"], work["batch"], work["images"]
if work["threads"]:
    torch.set_num_threads(work["threads"])
torch.manual_seed(1)
pixels = torch.from_file(work["path"], shared=True, size=count * side * side * 3, dtype=torch.uint8)
pixels = pixels.view(count, side, side, 3)
model = build_network({
    "network": work["network"], "width": work["width"], "image_size": side, "head": "classification", "outputs": 10,
}).to(memory_format=torch.channels_last)
parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True)
places = torch.arange(side)
rows = torch.arange(batch)[:, None, None]


def next_batch():
    """Random crops after padding by 4, mirrored in half of the cases, normalised."""
    index = torch.randint(count, (batch,))
    x = F.pad(pixels[index], (0, 0, 4, 4, 4, 4))
    down, right = torch.randint(9, (batch, 1)), torch.randint(9, (batch, 1))
    columns = right + torch.where(torch.rand(batch, 1) < 0.5, places, places.flip(0))
    x = x[rows, (down + places)[:, :, None], columns[:, None, :]]
    return ((x / 255 - 0.5) / 0.25).permute(0, 3, 1, 2), index % 10


start = time.perf_counter()
for _ in range(work["steps"]):
    x, labels = next_batch()
    optimiser.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(x), labels)
    loss.backward()
    optimiser.step()
    loss.item()
milliseconds = (time.perf_counter() - start) * 1000 / work["steps"]
# Linux counts in KiB.
peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"ms": milliseconds, "parameters": parameters, "peakBytes": peak}))
