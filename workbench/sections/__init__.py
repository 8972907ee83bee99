"""One noun in, one piece of HTML out: each is drawn once, for views and reports alike."""
