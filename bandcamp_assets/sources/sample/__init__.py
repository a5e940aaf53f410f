"""The sample: made-up sales that look like the published archive, with known faults in known numbers.

`write_sample` writes the file and says what is in it.
"""

from bandcamp_assets.sources.sample.truth import DayTruth, SampleTruth
from bandcamp_assets.sources.sample.writer import write_sample

__all__ = ["DayTruth", "SampleTruth", "write_sample"]
