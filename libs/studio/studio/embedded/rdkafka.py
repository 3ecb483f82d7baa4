"""The few C functions of librdkafka's mock cluster, bound to the library in the client's wheel."""

import ctypes
from functools import cache
from importlib.metadata import files
from pathlib import Path

from studio.trouble import Exit, Trouble

_ERROR_BYTES = 512
_PRODUCER = 0  # rd_kafka_type_t
_CONF_OK = 0

_POINTER, _INT, _TEXT, _SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t
_SIGNATURES: dict[str, tuple[type | None, list[type]]] = {
    "rd_kafka_conf_new": (_POINTER, []),
    "rd_kafka_conf_set": (_INT, [_POINTER, _TEXT, _TEXT, _TEXT, _SIZE]),
    "rd_kafka_new": (_POINTER, [_INT, _POINTER, _TEXT, _SIZE]),
    "rd_kafka_destroy": (None, [_POINTER]),
    "rd_kafka_mock_cluster_new": (_POINTER, [_POINTER, _INT]),
    "rd_kafka_mock_cluster_destroy": (None, [_POINTER]),
    "rd_kafka_mock_cluster_bootstraps": (_TEXT, [_POINTER]),
    "rd_kafka_mock_topic_create": (_INT, [_POINTER, _TEXT, _INT, _INT]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_down": (_INT, [_POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (_INT, [_POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_rtt": (_INT, [_POINTER, ctypes.c_int32, _INT]),
    "rd_kafka_mock_push_request_errors_array": (
        None,
        [_POINTER, ctypes.c_int16, _SIZE, ctypes.POINTER(_INT)],
    ),
}


def library_path() -> Path:
    """Where the wheel keeps librdkafka. Raises Trouble when the wheel is not installed whole."""
    for file in files("confluent-kafka") or ():
        if file.name.startswith("librdkafka") and (".so" in file.name or ".dylib" in file.name):
            return Path(str(file.locate()))
    raise Trouble(
        "The broker's library (librdkafka) is missing from the confluent-kafka wheel.",
        next_step="Run 'make setup' again.",
        code=Exit.STACK,
    )


@cache
def library() -> ctypes.CDLL:
    """The library with typed functions, loaded once."""
    loaded = ctypes.CDLL(str(library_path()))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype = result
        function.argtypes = arguments
    return loaded


def new_instance() -> int:
    """A client instance that hosts a mock cluster. Raises Trouble with librdkafka's own words."""
    lib = library()
    error = ctypes.create_string_buffer(_ERROR_BYTES)
    conf = lib.rd_kafka_conf_new()
    # Warnings of the hosting client say nothing about the cluster it hosts.
    if lib.rd_kafka_conf_set(conf, b"log_level", b"2", error, _ERROR_BYTES) != _CONF_OK:
        raise Trouble(f"The broker cannot start: {error.value.decode()}", code=Exit.STACK)
    instance = lib.rd_kafka_new(_PRODUCER, conf, error, _ERROR_BYTES)
    if not instance:
        raise Trouble(f"The broker cannot start: {error.value.decode()}", code=Exit.STACK)
    return int(instance)
