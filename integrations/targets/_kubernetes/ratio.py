"""How many replicas a copy takes to get a share of the traffic. Pure."""

import math


def beside(stable: int, weight: int) -> int:
    """How many replicas beside `stable` ones come nearest to `weight` per cent, where traffic goes evenly to all.

    The stable ones are never taken away: going back must not have to start a pod. So there are at most as many
    beside them, and half of the traffic. Between two that are as near the larger one is taken; from 1 per cent on
    there is always one. What share it really is says `Progress.weight`.
    """
    if weight <= 0 or stable <= 0:
        return 0
    exact = stable * weight / (100 - weight) if weight < 100 else stable
    near = {min(max(1, count), stable) for count in (math.floor(exact), math.ceil(exact))}
    return min(near, key=lambda count: (abs(100 * count / (count + stable) - weight), -count))


def behind_route(stable: int, weight: int) -> int:
    """How many replicas carry `weight` per cent of the load of `stable` ones, where a route splits the traffic.
    One at least, so that the copy is seen to start before it serves anybody."""
    return max(1, math.ceil(stable * weight / 100))
