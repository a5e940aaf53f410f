"""The sample: synthetic sales that look like the published archive, with known numbers of known faults.

`write_sample` writes the file and returns the expected counts.
"""

from bandcamp_assets.sources.sample.expected import ExpectedCounts, ExpectedDay
from bandcamp_assets.sources.sample.writer import write_sample

__all__ = ["ExpectedCounts", "ExpectedDay", "write_sample"]
