#!/usr/bin/env python3
"""PyTorch's batch norm, timed beside others: eager (cuDNN where it picks it), native, torch.compile, oneDNN on the processor.

  python3 peers.py --serve        answers requests on standard input, a line of JSON each: `bn4j bench --peers` starts this
  python3 peers.py --out peers.json [--minutes N] [--compile] [--quick] [--shapes 64x256x56x56,...]     alone, on a CUDA device

Times: on a device between events around a group of calls, on the processor by its clock, of launches by the host's clock
without waiting. On a device a peer's calls are also captured in a CUDA graph and replayed (NAME+graph): then what Python
and PyTorch cost the host is not in the time, which else hides the kernels of small tensors. Alone it takes medians of 5
groups of 20 calls and rotates tensors over more than 512 MB (cold); next to them it gives GB/s of the floor traffic (2N
forward and inference, 3N backward) and its share of a copy's bandwidth, in peers.json and as a table in peers.md.
Needs torch; without it, or alone without a CUDA device, it says so and exits with 2.

Requests of --serve, answered in order:
  {"do": "prepare", "op": "forward-training", "shape": [32, 64, 56, 56], "layout": "nchw", "dtype": "f32", "relu": false,
   "device": true, "threads": 2, "sets": 1, "launch": false, "group_ms": 20, "warmup_ms": 500}
      -> {"peers": ["torch", ...], "refused": {"torch.compile": "why"}}
  {"do": "warm-up", "peer": "torch"} -> {"calls": 17}      settles, and fixes the calls of a group
  {"do": "group", "peer": "torch"}   -> {"us": 812.5}      runs one group
  {"do": "end"}                      -> {}                 frees the tensors
An {"error": "why"} in place of an answer concerns that request alone.
"""
import argparse, contextlib, gc, itertools, json, math, os, statistics, sys, time

EPSILON, MOMENTUM = 1e-5, 0.1
RESNET50 = [(64, 112), (64, 56), (256, 56), (128, 28), (512, 28), (256, 14), (1024, 14), (512, 7), (2048, 7)]
TENSORS = {"forward-training": 2, "forward-inference": 2, "backward": 3, "backward-frozen": 3}
COLD_BYTES, MOST_SETS = 512 << 20, 64  # as in BenchmarkSession


class Refusal(Exception):
    """What a peer cannot do by its documents, in words of ours."""


def why(ex):
    """An exception in a line: some of PyTorch's have their reason in the second one."""
    if isinstance(ex, Refusal):
        return str(ex)
    lines = [line.strip() for line in str(ex).split("\n") if line.strip()]
    said = " ".join(lines[:2] if lines and lines[0].endswith(":") else lines[:1])
    return ": ".join(filter(None, (type(ex).__name__, said)))[:300]


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
        raise Refusal("PyTorch has no channel-last format of rank %d" % len(shape))
    return formats[len(shape)]


def sets_of(bytes_, op):
    """Sets of tensors that exceed every cache together; outputs are held as long as their set."""
    tensors = 4 if op.startswith("backward") else 2
    return min(MOST_SETS, COLD_BYTES // max(1, tensors * bytes_) + 1)


class Peer:
    """A name, a call that takes the sets of tensors in turn, and the flags it runs under."""

    def __init__(self, name, call, flags, sets):
        self.name, self.flags, self.calls, self.per_call = name, flags, 1, 1
        turn = itertools.count()
        if sets == 1:  # the allocator gives the output of the call before again
            self.call = lambda: call(0)
            return
        held = [None] * sets  # else every output would lie in the same place, and stay in a cache

        def rotating():
            k = next(turn) % sets
            held[k] = None
            held[k] = call(k)

        self.call = rotating

    def captured(self, torch, sets):
        """The same calls as a CUDA graph, every set as often as any other."""
        calls = sets * -(-20 // sets)
        graph = torch.cuda.CUDAGraph()
        side = torch.cuda.Stream()  # captures want a warm-up on a stream of their own
        side.wait_stream(torch.cuda.current_stream())
        with self.flags(), torch.cuda.stream(side):
            self.call()
        torch.cuda.current_stream().wait_stream(side)
        with self.flags(), torch.cuda.graph(graph):
            for _ in range(calls):
                self.call()
        replayed = Peer(self.name + "+graph", None, contextlib.nullcontext, 1)
        replayed.call, replayed.per_call, replayed.source = graph.replay, calls, self
        return replayed


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
                for k in range(len(self.x)):
                    call(k)
            self.peers.append(Peer(name, call, flags, len(self.x)))
        except Exception as ex:
            self.refused[name] = why(ex)

    def offer_graphs(self):
        for peer in list(self.peers):
            try:
                self.peers.append(peer.captured(self.torch, len(self.x)))
            except Exception as ex:
                self.refused[peer.name + "+graph"] = why(ex)

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
        if self.device == "cuda" and not self.ask["launch"]:
            self.offer_graphs()
        return self

    def eager(self, cudnn):
        torch, ops, n = self.torch, self.torch.ops.aten, len(self.x)
        w, b, m, v, relu = self.w, self.b, self.m, self.v, self.ask["relu"]

        def forward(i):
            y = torch.batch_norm(self.x[i % n], w, b, m, v, self.training, MOMENTUM, EPSILON, cudnn)
            return torch.relu_(y) if relu else y

        if not self.backward:
            return forward
        ys, saved = [], []
        for x in self.x:
            y, *rest = ops._batch_norm_impl_index(x, w, b, m, v, self.training, MOMENTUM, EPSILON, cudnn)
            ys.append(torch.relu(y) if relu else None)
            saved.append(rest)

        def backward(i):
            k = i % n
            mean, inv_std, reserve, impl = saved[k]
            dy = ops.threshold_backward(self.dy[k], ys[k], 0) if relu else self.dy[k]
            return ops._batch_norm_impl_index_backward(
                impl, self.x[k], dy, w, m, v, mean, inv_std, self.training, EPSILON, [True] * 3, reserve)

        return backward

    def compiled(self):
        torch, ops, n = self.torch, self.torch.ops.aten, len(self.x)
        F = torch.nn.functional
        w, b, m, v, relu, training = self.w, self.b, self.m, self.v, self.ask["relu"], self.training
        if self.device == "cpu":
            check_vectors()

        def layer(x, w, b, m, v):
            y = F.batch_norm(x, m, v, w, b, training, MOMENTUM, EPSILON)
            return torch.relu(y) if relu else y

        # What AOTAutograd hands to the compiler as the backward pass, the ReLU's sign computed again from x; called
        # without the autograd engine, which takes the host longer than a small tensor takes a device.
        def gradients(x, dy, w, b, m, v, mean, inv_std):
            if relu:
                at = [1, -1] + [1] * (x.dim() - 2)
                centre, scale = (mean, inv_std) if training else (m, torch.rsqrt(v + EPSILON))
                y = (x - centre.view(at)) * (scale * w).view(at) + b.view(at)
                dy = torch.where(y > 0, dy, torch.zeros_like(dy))
            return ops.native_batch_norm_backward(dy, x, w, m, v, mean, inv_std, training, EPSILON, [True] * 3)

        torch._dynamo.reset()
        if not self.backward:
            run = torch.compile(layer, dynamic=False)
            return lambda i: run(self.x[i % n], w, b, m, v)
        saved = [torch.native_batch_norm(x, w, b, m, v, training, MOMENTUM, EPSILON)[1:] for x in self.x]
        run = torch.compile(gradients, dynamic=False)
        return lambda i: run(self.x[i % n], self.dy[i % n], w, b, m, v, *saved[i % n])

    def onednn(self):
        """Through PyTorch's opaque oneDNN tensors; f32, channels second."""
        torch, n = self.torch, len(self.x)
        if self.ask["dtype"] != "f32" or self.ask["relu"]:
            raise Refusal("through PyTorch f32 without an activation only; scripts/bench-peers calls oneDNN itself")
        xs, dys = [x.to_mkldnn() for x in self.x], [d.to_mkldnn() for d in self.dy]
        w, b, m, v = self.w, self.b, self.m, self.v
        if not self.backward:
            return lambda i: torch.native_batch_norm(xs[i % n], w, b, m, v, self.training, MOMENTUM, EPSILON)
        if not self.training:
            raise Refusal("PyTorch has no backward pass with given statistics through oneDNN")
        saved = [torch.native_batch_norm(x, w, b, m, v, True, MOMENTUM, EPSILON) for x in xs]
        return lambda i: torch.ops.aten.native_batch_norm_backward(
            dys[i % n], xs[i % n], w, m, v, saved[i % n][1], saved[i % n][2], True, EPSILON, [True] * 3)

    def group(self, peer):
        with self.torch.no_grad(), peer.flags():
            return group_us(self.torch, peer.call, peer.calls, self.device == "cuda", self.ask["launch"]) / peer.per_call

    def warm_up(self, peer):
        end = time.perf_counter() + self.ask["warmup_ms"] / 1e3
        peer.calls, each = 1, 0.0
        while True:
            each = self.group(peer)
            if time.perf_counter() >= end:
                break
            peer.calls = min(1000, peer.calls * 2)
        peer.calls = max(1, min(100_000, int(self.ask["group_ms"] * 1e3 / max(each * peer.per_call, 1e-3)) + 1))


def check_vectors():
    """On the processor torch.compile falls back to scalar code in silence where it cannot compile a probe."""
    try:
        from torch._inductor.cpu_vec_isa import pick_vec_isa
    except ImportError:
        return  # another version: nothing is known
    if not pick_vec_isa():
        raise Refusal("it would make scalar code, several times slower than it can be: its probe of vector instructions "
                      "does not compile or load here (on Debian install libsleef-dev and set LD_PRELOAD=libsleef.so.3)")


def free(torch):
    """Gives memory back: a case's calls know the case, so that its tensors wait for the collector."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def serve(out):
    """Answers requests until standard input ends."""
    def say(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    hello = dict(hello="bn4j-peers", version=1)
    try:
        import torch
    except Exception as ex:
        say(dict(hello, torch=None, why=why(ex)))
        return
    on_gpu = torch.cuda.is_available()
    say(dict(hello, torch=torch.__version__, cuda=torch.version.cuda, device=torch.cuda.get_device_name() if on_gpu else None,
             cudnn=torch.backends.cudnn.version() if on_gpu else None))
    problem, peer, threads = None, None, 0
    for line in sys.stdin:
        try:
            ask = json.loads(line)
            if ask["do"] == "prepare":
                problem = None
                free(torch)
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
                problem = peer = None
                free(torch)
                say({})
            else:
                if problem is None:
                    raise Refusal("prepare a case first")
                peer = next((p for p in problem.peers if p.name == ask["peer"]), None)
                if peer is None:
                    raise Refusal("no such peer: %s" % ask["peer"])
                if ask["do"] == "warm-up":
                    problem.warm_up(peer)
                    say(dict(calls=peer.calls))
                else:
                    say(dict(us=problem.group(peer)))
        except Exception as ex:
            say(dict(error=why(ex)))


def cases(args):
    """Shape, type, layout and pass; what matters most first, since time may run out."""
    resnet = [(64, c, hw, hw) for c, hw in RESNET50]
    more = [(256, c, hw, hw) for c, hw in RESNET50 if hw != 112] + [
        (8, 64, 256, 256), (4, 128, 1024, 1024), (2, 32, 128, 128, 128), (256, 1024), (4096, 4096), (32, 96, 35, 35), (32, 192, 17, 17)]
    lists = [resnet[1:8:3]] if args.quick else [resnet, more]
    if args.shapes:
        lists = [args.shapes]
    for shapes, dtype in itertools.product(lists, ("f32", "f16", "bf16")):
        for shape in shapes:
            for layout in ("nchw", "nhwc") if len(shape) > 3 else ("nchw",):
                for op in ("forward-training", "backward", "forward-inference"):
                    yield dict(shape="x".join(map(str, shape)), dtype=dtype, layout=layout, op=op)


def measured(torch, case, args, copy):
    """Rows of a case: a time, or why there is none, per peer."""
    shape = tuple(map(int, case["shape"].split("x")))
    bytes_ = (4 if case["dtype"] == "f32" else 2) * math.prod(shape)
    floor = TENSORS[case["op"]] * bytes_
    ask = dict(case, shape=shape, relu=False, device=True, launch=False, sets=sets_of(bytes_, case["op"]))
    with torch.no_grad():
        problem = Problem(torch, ask).all(args.compile)
    rows = [dict(case, peer=name, error=reason) for name, reason in problem.refused.items()]
    for peer in problem.peers:
        with torch.no_grad(), peer.flags():
            us = median_us(torch, peer.call, -(-20 // peer.per_call)) / peer.per_call
        gbps = floor / us / 1e3
        rows.append(dict(case, peer=peer.name, median_us=round(us, 2), floor_bytes=floor, gbps=round(gbps, 1), percent_of_copy=round(100 * gbps / copy, 1)))
    return rows


def table(head, rows):
    """Markdown: a line per case, a column per peer, and the fastest of them against the copy."""
    names = list(dict.fromkeys(row["peer"] for row in rows if "median_us" in row))
    lines = ["# PyTorch's batch norm: " + head["device"], "",
             "PyTorch %(torch)s, CUDA %(cuda)s, cuDNN %(cudnn)s; a copy moves %(copy_gbps)s GB/s. Microseconds by events on the device, "
             "medians of 5 groups of 20 calls, cold; %% of the copy's bandwidth is the fastest peer's, for the floor traffic." % head, "",
             "| " + " | ".join(["shape", "dtype", "layout", "pass", *names, "fastest", "% of copy"]) + " |",
             "|---|---|---|---|" + "---:|" * len(names) + "---|---:|"]
    keys = ("shape", "dtype", "layout", "op")
    for case in dict.fromkeys(tuple(row[k] for k in keys) for row in rows):
        times = {row["peer"]: row for row in rows if tuple(row[k] for k in keys) == case and "median_us" in row}
        if times:
            best = min(times.values(), key=lambda row: row["median_us"])
            lines.append("| " + " | ".join([*case, *("%.1f" % times[n]["median_us"] if n in times else "-" for n in names),
                                            best["peer"], "%.1f" % best["percent_of_copy"]]) + " |")
    reasons = {}
    for row in rows:
        if "error" in row:
            reasons.setdefault((row["peer"], row["error"]), []).append(" ".join(row[k] for k in keys))
    lines += [""] + ["- not measured: %s, %d cases such as %s: %s" % (peer, len(where), where[0], reason)
                     for (peer, reason), where in reasons.items()]
    return "\n".join(lines) + "\n"


def write(path, text):
    """Whole or not at all: the time for it may end at any moment."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def alone(args):
    """Every shape, layout, type and pass on the device; writes as it goes."""
    end = time.monotonic() + 60 * args.minutes
    try:
        import torch
    except ImportError as ex:
        sys.exit(print("peers: expected a Python with torch, got %s: %s" % (sys.executable, why(ex)), file=sys.stderr) or 2)
    if not torch.cuda.is_available():
        sys.exit(print("peers: torch %s sees no CUDA device" % torch.__version__, file=sys.stderr) or 2)
    head = dict(device=torch.cuda.get_device_name(), torch=torch.__version__, cuda=torch.version.cuda, cudnn=torch.backends.cudnn.version())
    src = torch.empty(1 << 30, dtype=torch.uint8, device="cuda").random_()
    dst = torch.empty_like(src)
    copy = 2 * src.numel() / median_us(torch, lambda: dst.copy_(src)) / 1e3
    del src, dst
    head["copy_gbps"] = round(copy, 1)
    print(head, flush=True)
    rows, left = [], 0
    for case in cases(args):
        if time.monotonic() > end:
            left += 1
            continue
        try:
            done = measured(torch, case, args, copy)
        except Exception as ex:
            done = [dict(case, peer="all", error=why(ex))]
        free(torch)
        rows += done
        times = ["%s %.1f us %.1f%%" % (row["peer"], row["median_us"], row["percent_of_copy"]) for row in done if "median_us" in row]
        times += ["%s refused: %s" % (row["peer"], row["error"]) for row in done if "error" in row]
        print(*case.values(), "|", "; ".join(times), flush=True)
        write(args.out, json.dumps(dict(head=head, rows=rows), indent=1) + "\n")
        write(os.path.splitext(args.out)[0] + ".md", table(head, rows))
    if left:
        print("peers: the %g minutes are over; %d cases were not measured" % (args.minutes, left), flush=True)
    if not any("median_us" in row for row in rows):
        sys.exit(print("peers: nothing could be measured", file=sys.stderr) or 1)


def shape_list(text):
    try:
        return [tuple(map(int, s.split("x"))) for s in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError("expected shapes like 64x256x56x56,128x512, got %s" % text)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--serve", action="store_true", help="answer requests on standard input")
    what.add_argument("--out", help="measure alone on a CUDA device and write this JSON file, and beside it a table as .md")
    p.add_argument("--compile", action="store_true", help="also time torch.compile (slow: a compilation per case)")
    p.add_argument("--minutes", type=float, default=float("inf"), help="start no further case after this time")
    p.add_argument("--quick", action="store_true", help="three shapes")
    p.add_argument("--shapes", type=shape_list, help="64x256x56x56,...")
    args = p.parse_args()
    if args.serve:
        # What libraries print must not get between the answers.
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        serve(out)
    elif not os.path.isdir(os.path.dirname(os.path.abspath(args.out))):
        p.error("--out: expected a file in a folder that exists, got %s" % args.out)
    else:
        alone(args)


if __name__ == "__main__":
    main()
