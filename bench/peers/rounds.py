"""A competitor in Python: the same protocol as bench/training/rounds.mjs."""
import json
import resource
import sys
import time


def read_task():
    """The task in the first line of standard input: the layer graph, the batch, the threads and so on."""
    return json.loads(sys.stdin.readline())


def answer_rounds(about, batch, step):
    """`step` takes one step on `batch` images and waits for it."""
    _say({"ready": True, **about})
    for line in sys.stdin:
        least = float(line) / 1000
        begun = time.perf_counter()
        processor_begun = time.process_time()
        steps = 0
        elapsed = 0.0
        while steps == 0 or elapsed < least:
            step()
            steps += 1
            elapsed = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        processor = time.process_time() - processor_begun
        _say({"images": steps * batch, "seconds": elapsed, "processorSeconds": processor, "peakBytes": peak})


def _say(message):
    print(json.dumps(message), flush=True)
