"""The gcp deployment: Google's own clients against emulators on loopback, with faults from a proxy."""
