"""The pytest plugin, once `--aoai-target` activates it."""
