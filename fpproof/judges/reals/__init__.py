"""What judges over the reals share: intervals with ends rounded outwards, and boxes."""
