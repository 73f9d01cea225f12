"""The Fitness Knowledge Graph: what it holds (`model`), how a file is read (`load`), how it is walked (`walk`)."""
