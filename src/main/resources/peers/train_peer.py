#!/usr/bin/env python3
"""Trains the workload's cnn in PyTorch on this GPU, on random images, and prints images/s as JSON.

usage: train_peer.py [--batch-size N] [--steps N] [--out FILE]
The same network, optimizer and arithmetic (f32, no TF32) as `bn4j train cnn`; eager, and as a CUDA graph.
"""
import argparse
import json
import time

import torch
from torch import nn


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(64 * 3 * 3, 64), nn.ReLU(), nn.Linear(64, 10))


def images_per_second(step, batch_size, steps):
    for _ in range(10):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return batch_size * steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    network = cnn().cuda()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, capturable=True)
    images = torch.rand(arguments.batch_size, 1, 28, 28, device="cuda")
    labels = torch.randint(10, (arguments.batch_size,), device="cuda")

    def step():
        optimizer.zero_grad(set_to_none=False)
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    eager = images_per_second(step, arguments.batch_size, arguments.steps)
    side = torch.cuda.Stream()  # captures want a warm-up on a stream of their own
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    replayed = images_per_second(graph.replay, arguments.batch_size, arguments.steps)
    report = {"torch": torch.__version__, "device": torch.cuda.get_device_name(), "network": "cnn",
              "batch_size": arguments.batch_size, "images_per_second": {"eager": eager, "graph": replayed}}
    text = json.dumps(report, indent=2)
    print(text)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
