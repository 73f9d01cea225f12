"""Whether the questions of a set can be answered without looking, and are all there: `flexqa questions audit`."""
