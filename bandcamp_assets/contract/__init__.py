"""The contract of the data: columns, types, codes, limits, and reasons to refuse a row.

`sale` holds the columns, `codes` the codes and limits, `rejection` the reasons. The other modules derive from
them. There is no I/O here, and nothing about how the rules are applied.
"""
