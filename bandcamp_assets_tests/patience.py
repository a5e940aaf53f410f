"""How long a test waits for what must come: another process, a run, a page. No figure that a test is judged by.

Only something that hangs reaches it, even where the machine is slow and other tests run beside this one.
"""

from __future__ import annotations

PATIENCE_SECONDS = 600.0

PATIENCE_MILLISECONDS = PATIENCE_SECONDS * 1_000
"""The same for a browser, which counts so."""
