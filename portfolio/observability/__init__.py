"""What the process says about itself: log lines, the time a request took, and figures for Prometheus."""
