"""Stands in for torch where tests run peers.py: the names that it uses, with tensors that know their shape only."""
import contextlib
import os
import time
from types import SimpleNamespace

__version__ = "0.0-fake"
float32, float64, float16, bfloat16 = "float32", "float64", "float16", "bfloat16"
contiguous_format, channels_last, channels_last_3d = "contiguous", "channels_last", "channels_last_3d"
uint8 = "uint8"
version = SimpleNamespace(cuda=None)


class _Event:
    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        self.at = time.perf_counter()

    def synchronize(self):
        pass

    def elapsed_time(self, end):
        return (end.at - self.at) * 1e3


class _Stream:
    def wait_stream(self, other):
        pass


class _Graph:
    def replay(self):
        time.sleep(1e-5)


cuda = SimpleNamespace(
    is_available=lambda: bool(os.environ.get("FAKE_TORCH_CUDA")), get_device_name=lambda: "Fake GPU", Event=_Event,
    synchronize=lambda: None, empty_cache=lambda: None, Stream=_Stream, current_stream=_Stream, CUDAGraph=_Graph,
    stream=contextlib.nullcontext, graph=contextlib.nullcontext)
_dynamo = SimpleNamespace(reset=lambda: None)
nn = SimpleNamespace(functional=SimpleNamespace(batch_norm=None))
threads = 0


class Tensor:
    def __init__(self, shape):
        self.shape = tuple(shape)

    def to(self, dtype):
        return self

    def contiguous(self, memory_format):
        if memory_format == channels_last and len(self.shape) != 4:
            raise RuntimeError("channels_last needs rank 4")
        return self

    def to_mkldnn(self):
        return Tensor(self.shape)

    def random_(self):
        return self

    def copy_(self, other):
        time.sleep(1e-5)

    def numel(self):
        return self.shape[0]


def randn(shape, device):
    if shape[0] > 1000:
        raise MemoryError("fake: too large")
    return Tensor(shape)


def rand(size, device, dtype):
    return Tensor((size,))


def empty(size, dtype, device):
    return Tensor((size,))


def empty_like(x):
    return Tensor(x.shape)


def _filled(size, device, dtype):
    return Tensor((size,))


zeros = ones = _filled


def set_num_threads(n):
    global threads
    threads = n


def compile(function, dynamic):
    raise RuntimeError("no compiler here\nsecond line")


no_grad = contextlib.nullcontext


def _same(x, w, b, mean, variance):
    if w.shape != (x.shape[1],) or b.shape != w.shape or mean.shape != w.shape or variance.shape != w.shape:
        raise RuntimeError("parameters do not fit the input")


def batch_norm(x, w, b, mean, variance, training, momentum, epsilon, cudnn):
    _same(x, w, b, mean, variance)
    print("noise of a library on standard output")
    return Tensor(x.shape)


def native_batch_norm(x, w, b, mean, variance, training, momentum, epsilon):
    _same(x, w, b, mean, variance)
    return Tensor(x.shape), Tensor(w.shape), Tensor(w.shape)


def relu(x):
    return Tensor(x.shape)


relu_ = relu


def _impl_index(x, w, b, mean, variance, training, momentum, epsilon, cudnn):
    _same(x, w, b, mean, variance)
    return Tensor(x.shape), Tensor(w.shape), Tensor(w.shape), Tensor((0,)), 0


def _impl_index_backward(impl, x, dy, w, mean, variance, saved, inv_std, training, epsilon, mask, reserve):
    if dy.shape != x.shape or impl != 0:
        raise RuntimeError("dy does not fit x")
    return Tensor(x.shape), Tensor(w.shape), Tensor(w.shape)


def _native_backward(dy, x, w, mean, variance, saved, inv_std, training, epsilon, mask):
    return Tensor(x.shape), Tensor(w.shape), Tensor(w.shape)


ops = SimpleNamespace(aten=SimpleNamespace(
    _batch_norm_impl_index=_impl_index, _batch_norm_impl_index_backward=_impl_index_backward,
    native_batch_norm_backward=_native_backward, threshold_backward=lambda dy, y, zero: Tensor(dy.shape)))


@contextlib.contextmanager
def _flags(enabled):
    yield


backends = SimpleNamespace(
    cudnn=SimpleNamespace(version=lambda: None, flags=_flags), mkldnn=SimpleNamespace(is_available=lambda: True))
