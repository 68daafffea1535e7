"""How often a person may call the API: a short and a long window, each per account."""

from rest_framework.throttling import UserRateThrottle


class BurstThrottle(UserRateThrottle):
    scope = "burst"


class SustainedThrottle(UserRateThrottle):
    scope = "sustained"
