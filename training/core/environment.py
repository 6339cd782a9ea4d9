"""What a run was made on, in words, for its scores and its card."""

import os
import platform
from pathlib import Path


def hardware() -> str:
    """The devices that Keras computes on, for example "2 cores of Intel Xeon @ 2.8 GHz"."""
    gpus = _gpus()
    if gpus:
        return " + ".join(f"{gpus.count(name)} × {name}" for name in dict.fromkeys(gpus))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} core{'s' * (cores != 1)} of {_processor()}"


def software() -> str:
    """Versions: Keras, its backend, Python."""
    import keras

    backend = keras.backend.backend()
    module = __import__(backend)
    return f"Keras {keras.__version__} on {backend} {module.__version__}, Python {platform.python_version()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.processor() or platform.machine()


def _gpus() -> list[str]:
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        return [tf.config.experimental.get_device_details(d).get("device_name", "GPU") for d in devices]
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def format_duration(seconds: float) -> str:
    """Seconds in words: '42 s', '12 min', '1 h 5 min'."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
