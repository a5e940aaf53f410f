"""The sensor that closes crashed runs, once a minute. It must be evaluated where the runs are executed."""

import dagster as dg

from bandcamp_assets.system.instance.crashes import close_crashed_runs


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Closes runs whose process was killed, and frees their slots in the pools.",
)
def crashed_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Close runs whose process is gone."""
    closed = close_crashed_runs(context.instance)
    return dg.SkipReason(f"Closed {', '.join(closed)}" if closed else "No run has crashed")
