"""Google Cloud on loopback: emulators of GCS and BigQuery as real processes, and a proxy that injects faults.

What the emulators get wrong, and our platform relies on, is mended here, each mend with its reason; tests
of the platform itself stand in the folders named after its parts.
"""
