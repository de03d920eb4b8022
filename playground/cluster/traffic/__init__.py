"""Requests that nobody sends: they are counted, as if somebody did, by those who would have served them."""

from playground.cluster.traffic.behaviour import Behaviour
from playground.cluster.traffic.meter import Backend, Meter
from playground.cluster.traffic.traffic import Traffic

__all__ = ["Backend", "Behaviour", "Meter", "Traffic"]
