"""Files that are copied into exports as they are. They run in the other tool's environment, without flexqa."""
