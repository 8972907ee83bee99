"""Models and calls: the only floor that opens connections and starts servers."""
