"""Moved to pricing.requests, so that pages of every app can use it."""

from pricing.requests import PageRequest, past_day, posted, whole_number

__all__ = ["PageRequest", "past_day", "posted", "whole_number"]
