#!/usr/bin/env python3
"""PyTorch's batch norm, timed beside others: eager (cuDNN where it picks it), native, torch.compile, oneDNN on the processor.

  python3 peers.py --serve        answers requests on standard input, a line of JSON each: `bn4j bench --peers` starts this
  python3 peers.py --out peers.json [--compile] [--quick] [--shapes 64x256x56x56,...]        alone, on a CUDA device

Times: on a device between events around a group of calls, on the processor by its clock, of launches by the host's clock
without waiting. Alone it takes medians of 5 groups of 20 calls and rotates inputs over more than 400 MB (cold); next to
them it gives GB/s of the floor traffic (2N forward and inference, 3N backward) and its share of a copy's bandwidth.
Needs torch; without it, or alone without a CUDA device, it says so.

Requests of --serve, answered in order:
  {"do": "prepare", "op": "forward-training", "shape": [32, 64, 56, 56], "layout": "nchw", "dtype": "f32", "relu": false,
   "device": true, "threads": 2, "sets": 1, "launch": false, "group_ms": 20, "warmup_ms": 500}
      -> {"peers": ["torch", ...], "refused": {"torch.compile": "why"}}
  {"do": "warm-up", "peer": "torch"} -> {"calls": 17}      settles, and fixes the calls of a group
  {"do": "group", "peer": "torch"}   -> {"us": 812.5}      runs one group
  {"do": "end"}                      -> {}                 frees the tensors
An {"error": "why"} in place of an answer concerns that request alone.
"""
import argparse, contextlib, itertools, json, os, statistics, sys, time

EPSILON, MOMENTUM = 1e-5, 0.1
RESNET50 = [(64, 112), (64, 56), (256, 56), (128, 28), (512, 28), (256, 14), (1024, 14), (512, 7), (2048, 7)]
TENSORS = {"forward-training": 2, "forward-inference": 2, "backward": 3, "backward-frozen": 3}


def group_us(torch, fn, calls, device, launch=False):
    """Microseconds per call of one group; the only place where time is taken."""
    fn()  # others may have used the caches, or slept, meanwhile
    if launch:
        spent = 0.0
        for begin in range(0, calls, 100):  # a driver's queue is finite, and blocks the caller when it is full
            if device:
                torch.cuda.synchronize()
            start = time.perf_counter()
            for _ in range(begin, min(calls, begin + 100)):
                fn()
            spent += time.perf_counter() - start
        if device:
            torch.cuda.synchronize()
        return spent * 1e6 / calls
    if device:
        a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        a.record()
        for _ in range(calls):
            fn()
        b.record()
        b.synchronize()
        return a.elapsed_time(b) * 1e3 / calls
    start = time.perf_counter()
    for _ in range(calls):
        fn()
    return (time.perf_counter() - start) * 1e6 / calls


def median_us(torch, fn, calls=20, groups=5):
    for _ in range(4):
        fn()
    return statistics.median(group_us(torch, fn, calls, True) for _ in range(groups))


def memory_format(torch, shape, layout):
    if layout == "nchw" or len(shape) == 2:
        return torch.contiguous_format
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    if len(shape) not in formats:
        raise ValueError("PyTorch has no channel-last format of rank %d" % len(shape))
    return formats[len(shape)]


class Peer:
    """A name, a call that takes the sets of tensors in turn, and the flags it runs under."""

    def __init__(self, name, call, flags=contextlib.nullcontext):
        self.name, self.flags, self.calls = name, flags, 1
        turn = itertools.count()
        self.call = lambda: call(next(turn))


class Problem:
    """The tensors of a case, and every peer's way to compute it."""

    def __init__(self, torch, ask):
        self.torch, self.ask, self.refused, self.peers = torch, ask, {}, []
        self.device = "cuda" if ask["device"] else "cpu"
        self.training = ask["op"] in ("forward-training", "backward")
        self.backward = ask["op"].startswith("backward")
        dtype = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}[ask["dtype"]]
        shape, n = tuple(ask["shape"]), ask["sets"]
        form = memory_format(torch, shape, ask["layout"])

        def full():
            return torch.randn(shape, device=self.device).to(dtype).contiguous(memory_format=form)

        self.x = [full() for _ in range(n)]
        self.dy = [full() for _ in range(n)] if self.backward else []
        kind = torch.float64 if dtype == torch.float64 else torch.float32
        c = shape[1]
        self.w, self.b = (torch.rand(c, device=self.device, dtype=kind) for _ in range(2))
        self.m, self.v = torch.zeros(c, device=self.device, dtype=kind), torch.ones(c, device=self.device, dtype=kind)

    def offer(self, name, make, flags=contextlib.nullcontext):
        """A peer that refuses a case is a fact, not a failure of the run."""
        try:
            with flags():
                call = make()
                call(0)
            self.peers.append(Peer(name, call, flags))
        except Exception as ex:
            self.refused[name] = (type(ex).__name__ + ": " + str(ex)).split("\n")[0][:200]

    def all(self, compiled):
        torch = self.torch
        if self.device == "cuda":
            self.offer("torch", lambda: self.eager(True))
            self.offer("torch-native", lambda: self.eager(False), lambda: torch.backends.cudnn.flags(enabled=False))
        else:
            self.offer("torch", lambda: self.eager(False))
            if torch.backends.mkldnn.is_available() and self.ask["layout"] == "nchw":
                self.offer("onednn", self.onednn)
        if compiled:
            self.offer("torch.compile", self.compiled)
        return self

    def eager(self, cudnn):
        torch, ops, n = self.torch, self.torch.ops.aten, len(self.x)
        w, b, m, v, relu = self.w, self.b, self.m, self.v, self.ask["relu"]

        def forward(i):
            y = torch.batch_norm(self.x[i % n], w, b, m, v, self.training, MOMENTUM, EPSILON, cudnn)
            return torch.relu_(y) if relu else y

        if not self.backward:
            return forward
        saved = [ops._batch_norm_impl_index(x, w, b, m, v, self.training, MOMENTUM, EPSILON, cudnn) for x in self.x]
        ys = [torch.relu(s[0]) for s in saved] if relu else []

        def backward(i):
            k = i % n
            y, mean, inv_std, reserve, impl = saved[k]
            dy = ops.threshold_backward(self.dy[k], ys[k], 0) if relu else self.dy[k]
            return ops._batch_norm_impl_index_backward(
                impl, self.x[k], dy, w, m, v, mean, inv_std, self.training, EPSILON, [True] * 3, reserve)

        return backward

    def compiled(self):
        torch, n = self.torch, len(self.x)
        F = torch.nn.functional
        w, b, m, v, relu, training = self.w, self.b, self.m, self.v, self.ask["relu"], self.training

        def layer(x, w, b):
            y = F.batch_norm(x, m, v, w, b, training, MOMENTUM, EPSILON)
            return torch.relu(y) if relu else y

        torch._dynamo.reset()
        run = torch.compile(layer, dynamic=False)
        if not self.backward:
            return lambda i: run(self.x[i % n], w, b)
        # Else the compiled backward pass may overwrite what a second call needs.
        import torch._functorch.config as functorch
        functorch.donated_buffer = False
        with torch.enable_grad():
            inputs = [(x.detach().requires_grad_(), w.detach().requires_grad_(), b.detach().requires_grad_()) for x in self.x]
            ys = [run(*each) for each in inputs]
        return lambda i: torch.autograd.grad(ys[i % n], inputs[i % n], self.dy[i % n], retain_graph=True)

    def onednn(self):
        """Through PyTorch's opaque oneDNN tensors; f32, channels second."""
        torch, n = self.torch, len(self.x)
        if self.ask["dtype"] != "f32" or self.ask["relu"]:
            raise ValueError("f32 without ReLU only, through PyTorch")
        xs, dys = [x.to_mkldnn() for x in self.x], [d.to_mkldnn() for d in self.dy]
        w, b, m, v = self.w, self.b, self.m, self.v
        if not self.backward:
            return lambda i: torch.native_batch_norm(xs[i % n], w, b, m, v, self.training, MOMENTUM, EPSILON)
        if not self.training:
            raise ValueError("PyTorch has no backward pass with given statistics through oneDNN")
        saved = [torch.native_batch_norm(x, w, b, m, v, True, MOMENTUM, EPSILON) for x in xs]
        return lambda i: torch.ops.aten.native_batch_norm_backward(
            dys[i % n], xs[i % n], w, m, v, saved[i % n][1], saved[i % n][2], True, EPSILON, [True] * 3)

    def group(self, peer):
        with self.torch.no_grad(), peer.flags():
            return group_us(self.torch, peer.call, peer.calls, self.device == "cuda", self.ask["launch"])

    def warm_up(self, peer):
        end = time.perf_counter() + self.ask["warmup_ms"] / 1e3
        peer.calls, each = 1, 0.0
        while True:
            each = self.group(peer)
            if time.perf_counter() >= end:
                break
            peer.calls = min(1000, peer.calls * 2)
        peer.calls = max(1, min(100_000, int(self.ask["group_ms"] * 1e3 / max(each, 1e-3)) + 1))


def serve(out):
    """Answers requests until standard input ends."""
    def say(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    hello = dict(hello="bn4j-peers", version=1)
    try:
        import torch
    except Exception as ex:
        say(dict(hello, torch=None, why=str(ex).split("\n")[0]))
        return
    on_gpu = torch.cuda.is_available()
    say(dict(hello, torch=torch.__version__, cuda=torch.version.cuda, device=torch.cuda.get_device_name() if on_gpu else None,
             cudnn=torch.backends.cudnn.version() if on_gpu else None))
    problem, threads = None, 0
    for line in sys.stdin:
        try:
            ask = json.loads(line)
            if ask["do"] == "prepare":
                problem = None
                if ask["device"] and not on_gpu:
                    say(dict(peers=[], refused=dict(torch="this PyTorch sees no CUDA device")))
                    continue
                if not ask["device"] and threads != ask["threads"]:
                    threads = ask["threads"]
                    torch.set_num_threads(threads)
                with torch.no_grad():
                    problem = Problem(torch, ask).all(not ask["launch"])
                say(dict(peers=[p.name for p in problem.peers], refused=problem.refused))
            elif ask["do"] == "end":
                problem = None
                if on_gpu:
                    torch.cuda.empty_cache()
                say({})
            else:
                if problem is None:
                    raise ValueError("prepare a case first")
                peer = next(p for p in problem.peers if p.name == ask["peer"])
                if ask["do"] == "warm-up":
                    problem.warm_up(peer)
                    say(dict(calls=peer.calls))
                else:
                    say(dict(us=problem.group(peer)))
        except Exception as ex:
            say(dict(error=(type(ex).__name__ + ": " + str(ex)).split("\n")[0][:300]))


def shapes(args):
    if args.shapes:
        return [tuple(map(int, s.split("x"))) for s in args.shapes.split(",")]
    base = [(64, c, hw, hw) for c, hw in RESNET50]
    if args.quick:
        return base[1:8:3]
    return base + [(256, c, hw, hw) for c, hw in RESNET50 if hw != 112] + [
        (8, 64, 256, 256), (4, 128, 1024, 1024), (2, 32, 128, 128, 128), (256, 1024), (4096, 4096), (32, 96, 35, 35), (32, 192, 17, 17)]


def alone(args):
    """Every shape, layout, type and pass on the device; writes as it goes."""
    import torch
    if not torch.cuda.is_available():
        sys.exit(print("peers: torch sees no CUDA device", file=sys.stderr) or 2)
    head = dict(device=torch.cuda.get_device_name(), torch=torch.__version__, cuda=torch.version.cuda, cudnn=torch.backends.cudnn.version())
    src = torch.empty(1 << 30, dtype=torch.uint8, device="cuda").random_()
    dst = torch.empty_like(src)
    copy = 2 * src.numel() / median_us(torch, lambda: dst.copy_(src)) / 1e3
    del src, dst
    head["copy_gbps"] = round(copy, 1)
    print(head, flush=True)
    rows = []
    for dtype, size in (("f32", 4), ("f16", 2), ("bf16", 2)):
        for s in shapes(args):
            bytes_ = size
            for d in s:
                bytes_ *= d
            for layout in ("nchw", "nhwc") if len(s) > 2 else ("nchw",):
                for op in ("forward-training", "backward", "forward-inference"):
                    floor = TENSORS[op] * bytes_
                    case = dict(shape="x".join(map(str, s)), dtype=dtype, layout=layout, op=op)
                    ask = dict(case, shape=s, relu=False, device=True, launch=False, sets=max(1, min(8, -(-400_000_000 // bytes_))))
                    try:
                        with torch.no_grad():
                            problem = Problem(torch, ask).all(args.compile)
                        for name, why in problem.refused.items():
                            rows.append(dict(case, peer=name, error=why))
                        for peer in problem.peers:
                            with torch.no_grad(), peer.flags():
                                us = median_us(torch, peer.call)
                            gbps = floor / us / 1e3
                            rows.append(dict(case, peer=peer.name, median_us=round(us, 2), floor_bytes=floor, gbps=round(gbps, 1), percent_of_copy=round(100 * gbps / copy, 1)))
                            print(f"{case['shape']:18s} {dtype:4s} {layout} {op:17s} {peer.name:14s} {us:9.1f} us {100 * gbps / copy:5.1f}%", flush=True)
                    except Exception as ex:
                        rows.append(dict(case, error=str(ex)[:200]))
                        print(case, "refused:", str(ex)[:120], flush=True)
                    problem = None
                    torch.cuda.empty_cache()
            json.dump(dict(head=head, rows=rows), open(args.out, "w"), indent=1)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--serve", action="store_true", help="answer requests on standard input")
    what.add_argument("--out", help="measure alone on a CUDA device and write this JSON file")
    p.add_argument("--compile", action="store_true", help="also time torch.compile (slow: a compilation per case)")
    p.add_argument("--quick", action="store_true", help="three shapes")
    p.add_argument("--shapes", help="64x256x56x56,...")
    args = p.parse_args()
    if args.serve:
        # What libraries print must not get between the answers.
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        serve(out)
    else:
        alone(args)


if __name__ == "__main__":
    main()
