"""Stands in for torch where tests run peers.py: the names that it uses, with tensors that know their shape only."""
import contextlib
from types import SimpleNamespace

__version__ = "0.0-fake"
float32, float64, float16, bfloat16 = "float32", "float64", "float16", "bfloat16"
contiguous_format, channels_last, channels_last_3d = "contiguous", "channels_last", "channels_last_3d"
version = SimpleNamespace(cuda=None)
cuda = SimpleNamespace(is_available=lambda: False)
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


def randn(shape, device):
    if shape[0] > 1000:
        raise MemoryError("fake: too large")
    return Tensor(shape)


def rand(size, device, dtype):
    return Tensor((size,))


def _filled(size, device, dtype):
    return Tensor((size,))


zeros = ones = _filled


def set_num_threads(n):
    global threads
    threads = n


def compile(function, dynamic):
    raise RuntimeError("no compiler here\nsecond line")


no_grad = enable_grad = contextlib.nullcontext


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
