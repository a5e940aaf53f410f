"""The gcp deployment: Google's own clients with emulators on loopback, and faults from a proxy."""
