"""The contract of the data: columns, types, codes, limits, and reasons to refuse a row.

`sale` holds the columns, `codes` the codes and limits, `rejection` the reasons; the other modules derive
from them. No I/O here, and nothing about how the rules are applied.
"""
