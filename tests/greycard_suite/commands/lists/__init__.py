"""Commands that list what there is: statements, drifts, freedoms, presets."""
