"""Arithmetic of small formats on arrays of machine floats: what is innocuous and why, and the compiled loops."""
