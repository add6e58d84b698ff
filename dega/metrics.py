"""What the bank counts about itself, for Prometheus: `/metrics` shows it to whoever asks on the machine itself."""

from prometheus_client import Counter, Gauge, generate_latest

GATE_CLOSED = Gauge("dega_gate_closed", "1 while financial operations stop, as the night saw it last")
NIGHT_FAILURES = Counter("dega_night_failures", "Stages of the end of day and jobs of the timetable that failed")
NIGHT_DONE = Counter("dega_night_done", "What stages of the end of day did", ["stage"])
NIGHT_SECONDS = Gauge("dega_night_stage_seconds", "How long a stage of the end of day took last", ["stage"])


def exposition() -> bytes:
    """Everything counted so far, as Prometheus reads it."""
    return generate_latest()
