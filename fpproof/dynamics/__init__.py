"""Gradient flows enclosed, gradient descent in any arithmetic, and the distance between them."""
