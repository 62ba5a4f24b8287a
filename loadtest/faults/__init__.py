"""`./dev faults`: the drill. Real servers are killed, frozen, emptied and cut off under load, and
what was acknowledged meanwhile is looked for afterwards, from the clients' own records.
"""
