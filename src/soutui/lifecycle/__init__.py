"""From the truth to a bundle that serves: assemble, fit, learn, measure, swap."""
